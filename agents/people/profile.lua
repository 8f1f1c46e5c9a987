-- Merges contact details into profiles: per detail the later time wins, then the greater id. Order and repeats change nothing.
-- KEYS: the hash of unannounced profiles, the counter of changes.
-- ARGV: prefix of profile keys; msgpack list of {lead, {{name, JSON of the detail, at ms, id}, ...}}.
-- Returns a msgpack list of {lead, number of its latest change, {name, JSON, name, JSON, ...}}: profiles to publish whole.
-- A profile stays unannounced until the broker has it, so a repeat after a crash returns it again.
local prefix, items = ARGV[1], cmsgpack.unpack(ARGV[2])

-- Byte order: Lua's own `<` follows the server's locale.
local function greater(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then
      return x > y
    end
  end
  return #a > #b
end

local told = {}
for _, item in ipairs(items) do
  local lead, details = item[1], item[2]
  local key, changed = prefix .. lead, false
  for _, detail in ipairs(details) do
    local name, json, at_ms, id = detail[1], detail[2], detail[3], detail[4]
    local held = redis.call('HGET', key, name)
    local wins = not held
    if held then
      local known = cjson.decode(held)
      wins = at_ms > known[2] or (at_ms == known[2] and greater(id, known[3]))
    end
    if wins then
      redis.call('HSET', key, name, json)
      changed = true
    end
  end
  local change = changed and redis.call('INCR', KEYS[2])
  if change then
    redis.call('HSET', KEYS[1], lead, change)
  else
    change = tonumber(redis.call('HGET', KEYS[1], lead) or nil)
  end
  if change then
    told[#told + 1] = { lead, change, redis.call('HGETALL', key) }
  end
end
return cmsgpack.pack(told)
