-- Merges contact details into profiles, at the leads that are in force.
-- ARGV[3]: msgpack list of {lead, {{name, JSON of the detail, at ms, id}, ...}}.
-- Returns a msgpack list of {lead, number of its latest change, {name, JSON, name, JSON, ...}}: profiles to publish whole;
-- an empty one, of a lead merged away, is a tombstone. A profile stays unannounced until the broker has it, so a repeat
-- after a crash returns it again.
local told = {}

local function publication(lead)
  local change = tonumber(redis.call('HGET', N.profiles_due, lead) or nil)
  if change then
    told[#told + 1] = { lead, change, redis.call('HGETALL', N.profiles .. lead) }
  end
end

for _, item in ipairs(cmsgpack.unpack(ARGV[3])) do
  local lead, changed = root_of(item[1]), false
  if redis.call('HEXISTS', N.erased, 'lead:' .. lead) == 0 then
    for _, detail in ipairs(item[2]) do
      changed = take(N.profiles .. lead, unpack(detail)) or changed
    end
  end
  if changed then
    publish(lead)
  end
  publication(lead)
  if lead ~= item[1] then
    publication(item[1])
  end
end
return cmsgpack.pack(told)
