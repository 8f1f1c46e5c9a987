-- Notes whose handoffs these are, so that an answer finds its lead, and reads the leads' contact details.
-- ARGV: prefix of profile keys; prefix of handoff keys; msgpack list of lead ids; msgpack list of {handoff id, lead id};
-- the hash of merged leads: what is known of a person is with the lead in force; the marker of the identity graph, without
-- which profiles are not whole.
-- Returns a msgpack list, per lead: {name, JSON, name, JSON, ...}.
local profiles, handoffs, merged = ARGV[1], ARGV[2], ARGV[5]
if redis.call('EXISTS', ARGV[6]) == 0 then
  return redis.error_reply('NOGRAPH contact details are to be read from the log')
end
for _, handoff in ipairs(cmsgpack.unpack(ARGV[4])) do
  redis.call('SET', handoffs .. handoff[1], handoff[2])
end
local any_merged, told = merged and redis.call('EXISTS', merged) == 1, {}
for at, lead in ipairs(cmsgpack.unpack(ARGV[3])) do
  local pointer = any_merged and redis.call('HGET', merged, lead)
  while pointer do
    lead = pointer:match('^%S+')
    pointer = redis.call('HGET', merged, lead)
  end
  told[at] = redis.call('HGETALL', profiles .. lead)
end
return cmsgpack.pack(told)
