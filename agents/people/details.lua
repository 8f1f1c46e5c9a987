-- Contact details: of two words on one detail the later time wins, then the greater id. Order and repeats change nothing.

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

-- Takes one detail into a profile; whether it won.
local function take(profile, name, json, at_ms, id)
  local held = redis.call('HGET', profile, name)
  if held then
    local known = cjson.decode(held)
    if at_ms < known[2] or (at_ms == known[2] and not greater(id, known[3])) then
      return false
    end
  end
  redis.call('HSET', profile, name, json)
  return true
end

-- A changed profile is to be published until the broker has it, an empty one as a tombstone.
local function publish(lead)
  local change = redis.call('INCR', N.profile_changes)
  redis.call('HSET', N.profiles_due, lead, change)
  return change
end

-- All details of a merged lead go to the survivor.
local function unite(loser, survivor)
  local told, won = redis.call('HGETALL', N.profiles .. loser), false
  if #told == 0 then
    return
  end
  for i = 1, #told, 2 do
    local detail = cjson.decode(told[i + 1])
    won = take(N.profiles .. survivor, told[i], told[i + 1], detail[2], detail[3]) or won
  end
  redis.call('DEL', N.profiles .. loser)
  publish(loser)
  if won then
    publish(survivor)
  end
end
