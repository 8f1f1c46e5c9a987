-- What all scripts of the identity graph share: its names, the pointers of merged leads, and what caches must learn.
-- ARGV[1]: msgpack map of the names in Redis (`agents/redis/keys.py`); ARGV[2]: the graph that the caller began with,
-- or '' for any. Half a graph, or another one, answers nobody.
local N = cmsgpack.unpack(ARGV[1])
local graph = redis.call('GET', N.graph)
if not graph or (ARGV[2] ~= '' and ARGV[2] ~= graph) then
  return redis.error_reply('NOGRAPH the identity graph is to be rebuilt, or was')
end
local SLICE, CHANGES_KEPT = 4000, 10000

local function ms(number)
  return string.format('%.0f', number)
end

-- Caches ask for what is newer than what they know, once before each group.
local function tell(change)
  local number = redis.call('INCR', N.changes)
  redis.call('LPUSH', N.change_list, ms(number) .. ' ' .. change)
  redis.call('LTRIM', N.change_list, 0, CHANGES_KEPT - 1)
end

local pointers = {}

-- Where a lead was merged to: {survivor, switch_ms}, or false.
local function pointer(lead)
  local known = pointers[lead]
  if known == nil then
    local said = redis.call('HGET', N.merged, lead)
    local survivor, switch_ms = (said or ''):match('^(%S+) (%d+)$')
    known = survivor and { survivor, tonumber(switch_ms) } or false
    pointers[lead] = known
  end
  return known
end

-- Ids only become smaller on the way, so that it ends.
local function root_of(lead)
  local next = pointer(lead)
  while next do
    lead = next[1]
    next = pointer(lead)
  end
  return lead
end

-- An erased identity or `lead:<id>`: {erasures, erased_ms}, or nil.
local function grave(said)
  local erasures, erased_ms = (said or ''):match('^(%d+) (%d+)$')
  return erasures and { tonumber(erasures), tonumber(erased_ms) }
end

-- For each name of a list what a hash says of it; nothing is asked of a hash that is empty.
local function told_of(hash, names)
  local told = {}
  if #names > 0 and redis.call('EXISTS', hash) == 1 then
    for first = 1, #names, SLICE do
      local last = math.min(first + SLICE - 1, #names)
      local said = redis.call('HMGET', hash, unpack(names, first, last))
      for i = first, last do
        told[names[i]] = said[i - first + 1] or nil
      end
    end
  end
  return told
end
