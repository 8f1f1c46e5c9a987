-- Notes whose handoffs these are, so that an answer finds its lead, and reads the leads' contact details.
-- ARGV: prefix of profile keys; prefix of handoff keys; msgpack list of lead ids; msgpack list of {handoff id, lead id}.
-- Returns a msgpack list, per lead: {name, JSON, name, JSON, ...}.
local profiles, handoffs = ARGV[1], ARGV[2]
for _, handoff in ipairs(cmsgpack.unpack(ARGV[4])) do
  redis.call('SET', handoffs .. handoff[1], handoff[2])
end
local told = {}
for at, lead in ipairs(cmsgpack.unpack(ARGV[3])) do
  told[at] = redis.call('HGETALL', profiles .. lead)
end
return cmsgpack.pack(told)
