-- Marks links and profiles as announced: the broker has them.
-- KEYS: the hash of unannounced links, the hash of unannounced profiles.
-- ARGV: prefix of profile keys; msgpack list of identity keys; msgpack list of {lead, number of the change published}.
-- Returns a msgpack list of {lead, number, {name, JSON, ...}}: profiles that somebody changed meanwhile. What we published
-- may have landed after theirs, so they are to be published again.
local SLICE = 4000
local prefix, links, profiles = ARGV[1], cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])
for first = 1, #links, SLICE do
  redis.call('HDEL', KEYS[1], unpack(links, first, math.min(first + SLICE - 1, #links)))
end
local stale = {}
for _, profile in ipairs(profiles) do
  local lead, change = profile[1], profile[2]
  local latest = tonumber(redis.call('HGET', KEYS[2], lead) or nil)
  if latest == change then
    redis.call('HDEL', KEYS[2], lead)
  elseif change > 0 then
    stale[#stale + 1] = { lead, latest or 0, redis.call('HGETALL', prefix .. lead) }
  end
end
return cmsgpack.pack(stale)
