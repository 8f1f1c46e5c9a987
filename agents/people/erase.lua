-- Forgets identities, and the leads that have none left. May be repeated: who is erased already is not erased once more.
-- ARGV[3]: msgpack {{identity key, ...}, erased ms, {lead, ...}}: where leads are named, these are all that the person is.
-- Returns msgpack {{{identity key, erasures, erased ms}, ...}, {lead, ...}}, to be published; identities are unannounced
-- until then. Contact details of the leads are gone. Returns false, and does nothing, where by now one of the leads is
-- known by more, or is one with others: half a person would stay, and go on writing to a grave.
local said = cmsgpack.unpack(ARGV[3])
local keys, at_ms, leads = said[1], said[2], said[3]
local told, homes, gone, listed = {}, {}, {}, {}

for _, key in ipairs(keys) do
  listed[key] = true
end
for _, lead in ipairs(leads) do
  listed['>' .. lead] = true
end
for _, lead in ipairs(leads) do
  local parent = pointer(lead)
  if parent and not listed['>' .. parent[1]] then
    return cmsgpack.pack(false)
  end
  for _, key in ipairs(redis.call('HKEYS', N.leads .. lead)) do
    if not listed[key] then
      return cmsgpack.pack(false)
    end
  end
  homes[#homes + 1] = lead
end

for _, key in ipairs(keys) do
  local home, known = redis.call('GET', N.ids .. key), grave(redis.call('HGET', N.erased, key))
  if home or not known then
    known = { (known and known[1] or 0) + 1, math.max(at_ms, known and known[2] or 0) }
    redis.call('HSET', N.erased, key, ms(known[1]) .. ' ' .. ms(known[2]))
    redis.call('DEL', N.ids .. key, N.refusals .. key)
    redis.call('HSET', N.links_due, key, ms(known[2]))
    if home then
      redis.call('HDEL', N.leads .. home, key)
      homes[#homes + 1] = home
    end
    tell('forget ' .. key)
  end
  told[#told + 1] = { key, known[1], known[2] }
end

local function part(lead)
  redis.call('HDEL', N.merged, lead)
  redis.call('HDEL', N.merges_due, lead)
  tell('parted ' .. lead)
end

local done = {}
for _, lead in ipairs(homes) do
  local losers, known_by = {}, 0
  for _, key in ipairs(redis.call('HKEYS', N.leads .. lead)) do
    if key:sub(1, 1) == '>' then
      losers[#losers + 1] = key:sub(2)
    else
      known_by = known_by + 1
    end
  end
  if known_by == 0 and not done[lead] then
    done[lead] = true
    local parent = redis.call('HGET', N.merged, lead)
    if parent then
      redis.call('HDEL', N.leads .. parent:match('^%S+'), '>' .. lead)
    end
    part(lead)
    for _, loser in ipairs(losers) do
      part(loser)
    end
    redis.call('HSET', N.erased, 'lead:' .. lead, '1 ' .. ms(at_ms))
    redis.call('DEL', N.leads .. lead, N.profiles .. lead)
    redis.call('HDEL', N.profiles_due, lead)
    gone[#gone + 1] = lead
  end
end
return cmsgpack.pack({ told, gone })
