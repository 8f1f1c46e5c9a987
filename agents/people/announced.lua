-- Marks links, merges and profiles as announced: the broker has them. Messages appended from a little later on are
-- written to a survivor at once; earlier ones, which may be written again, still to the loser, whose pointer forwards.
-- ARGV[3]: msgpack {{{identity key, home said, shared ms said}, ...}, {{loser, survivor}, ...}, {{lead, change}, ...}}.
-- Returns msgpack {stale links, pointers, stale profiles}: what somebody changed meanwhile is to be published again, as
-- what we published may have landed after theirs. A link: {key, {lead, append ms, shared ms, erasures, erased
-- ms}}; a pointer: {loser, survivor, switch ms, 0}; a profile: {lead, number, {name, JSON, ...}}.
-- Whoever knows nothing of the switch, and may sleep before it writes, has read what was appended by now at the latest.
-- So a message never changes its lead, as long as brokers' clocks are ahead of ours by less than this.
local SWITCH_MARGIN_MS = 60000
local said = cmsgpack.unpack(ARGV[3])
local now = redis.call('TIME')
local switch_ms = now[1] * 1000 + math.floor(now[2] / 1000) + SWITCH_MARGIN_MS

local links, heads = {}, {}
for i, link in ipairs(said[1]) do
  heads[i] = link[1]
end
local erased, shared = told_of(N.erased, heads), told_of(N.shared, heads)
for _, link in ipairs(said[1]) do
  local key, lead = link[1], redis.call('GET', N.ids .. link[1]) or ''
  local shared_ms = tonumber(shared[key] or 0)
  if lead == link[2] and shared_ms == link[3] then
    redis.call('HDEL', N.links_due, key)
  else
    local dead = grave(erased[key]) or { 0, 0 }
    local at_ms = tonumber(redis.call('HGET', N.links_due, key) or dead[2])
    links[#links + 1] = { key, { lead, at_ms, shared_ms, dead[1], dead[2] } }
  end
end

local switched = {}
for _, merge in ipairs(said[2]) do
  local loser, survivor = merge[1], merge[2]
  local known = pointer(loser)
  if known and known[1] == survivor then
    redis.call('HDEL', N.merges_due, loser)
    if known[2] == 0 then
      redis.call('HSET', N.merged, loser, survivor .. ' ' .. ms(switch_ms))
      tell('merged ' .. loser .. ' ' .. survivor .. ' ' .. ms(switch_ms))
      known[2] = switch_ms
    end
    switched[#switched + 1] = { loser, survivor, known[2], 0 }
  else
    -- Split or erased while we said it: a graph filled again would find the two merged.
    local dead = grave(redis.call('HGET', N.erased, 'lead:' .. loser)) or { 0, 0 }
    links[#links + 1] = { 'lead:' .. loser, { known and known[1] or '', dead[2], 0, dead[1], dead[2] } }
  end
end

local profiles = {}
for _, profile in ipairs(said[3]) do
  local lead, change = profile[1], profile[2]
  local latest = tonumber(redis.call('HGET', N.profiles_due, lead) or nil)
  if latest == change then
    redis.call('HDEL', N.profiles_due, lead)
  elseif change > 0 then
    profiles[#profiles + 1] = { lead, latest or 0, redis.call('HGETALL', N.profiles .. lead) }
  end
end
return cmsgpack.pack({ links, switched, profiles })
