-- Copies cards of one partition. A record at or below the partition's mark is a replay; a card whose lead's clock
-- is behind the copy's is an older word said again: both change nothing.
-- KEYS: marks, ranking, then one card per record.
-- ARGV: name of the mark, the mark as last seen, then per record: lead id, offset, as_of_ms ('' for a tombstone), priority, engagement, fit,
-- completeness, json.
-- Returns how many were written; -1: the mark went back, so Redis has lost what followed it and must be filled again.
local mark = tonumber(redis.call('HGET', KEYS[1], ARGV[1])) or -1
if mark < tonumber(ARGV[2]) then
  return -1
end
local written, last, at = 0, nil, 3
for i = 3, #KEYS do
  local lead, offset, as_of_ms, priority, engagement, fit, completeness, json = unpack(ARGV, at, at + 7)
  at = at + 8
  if tonumber(offset) > mark then
    last = offset
    if as_of_ms == '' then
      redis.call('DEL', KEYS[i])
      redis.call('ZREM', KEYS[2], lead)
      written = written + 1
    elseif tonumber(as_of_ms) >= (tonumber(redis.call('HGET', KEYS[i], 'as_of_ms')) or 0) then
      redis.call('HSET', KEYS[i], 'json', json, 'as_of_ms', as_of_ms, 'priority', priority,
        'engagement', engagement, 'fit', fit, 'completeness', completeness)
      redis.call('ZADD', KEYS[2], priority, lead)
      written = written + 1
    end
  end
end
if last then
  redis.call('HSET', KEYS[1], ARGV[1], last)
end
return written
