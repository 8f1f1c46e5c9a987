-- Finds the lead of each item, and links the identities that have none. Atomic: two workers cannot make two leads of one person.
-- KEYS: the hash of unannounced links.
-- ARGV: prefix of identity keys; msgpack list of {candidate, known lead or '', append ms, {identity key, ...}}.
-- Returns a msgpack list, per item: {lead, 1 if it had two leads, {{number of the identity, its lead, append ms or 0}, ...}}:
-- links still unannounced carry their append ms; the others stand there only when their lead is another than the item's.
local SLICE = 4000
local prefix, items = ARGV[1], cmsgpack.unpack(ARGV[2])

local names, keys, number = {}, {}, {}
for _, item in ipairs(items) do
  for _, name in ipairs(item[4]) do
    if not number[name] then
      names[#names + 1] = name
      keys[#keys + 1] = prefix .. name
      number[name] = #names
    end
  end
end

local lead_of, said_ms = {}, {}
for first = 1, #names, SLICE do
  local last = math.min(first + SLICE - 1, #names)
  local leads = redis.call('MGET', unpack(keys, first, last))
  local times = redis.call('HMGET', KEYS[1], unpack(names, first, last))
  for i = first, last do
    lead_of[names[i]] = leads[i - first + 1] or nil
    said_ms[names[i]] = tonumber(times[i - first + 1] or nil)
  end
end

local answers = {}
for at, item in ipairs(items) do
  local lead, two = item[2] ~= '' and item[2] or nil, 0
  for _, name in ipairs(item[4]) do
    local linked = lead_of[name]
    if linked and linked ~= lead then
      if lead then
        two = 1
      end
      -- Ids are of one length, of digits and capitals: the smaller in ASCII always survives.
      lead = (not lead or linked < lead) and linked or lead
    end
  end
  lead = lead or item[1]
  local news = {}
  for i, name in ipairs(item[4]) do
    if not lead_of[name] then
      lead_of[name], said_ms[name] = lead, item[3]
      redis.call('SET', prefix .. name, lead)
      redis.call('HSET', KEYS[1], name, string.format('%.0f', item[3]))
    end
    if said_ms[name] or lead_of[name] ~= lead then
      news[#news + 1] = { i - 1, lead_of[name], said_ms[name] or 0 }
    end
  end
  answers[at] = { lead, two, news }
end
return cmsgpack.pack(answers)
