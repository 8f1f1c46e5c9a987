-- Copies handoffs of one partition: the latest revision of each wins, in whatever order they arrive.
-- KEYS: marks, open handoffs, then per record: handoff, handoff -> lead.
-- ARGV: name of the mark, the mark as last seen, seconds an ended handoff is kept, name of the hash of who was erased, then per record:
-- handoff id, offset, revision, type, lead id, its time in ms, json. The topic remembers erased people longer than we may.
-- Returns how many were written; -1: the mark went back, so Redis has lost what followed it and must be filled again.
local ENDED = { withdrawn = true, returned = true, closed = true }
local mark = tonumber(redis.call('HGET', KEYS[1], ARGV[1])) or -1
if mark < tonumber(ARGV[2]) then
  return -1
end
local written, last, at = 0, nil, 5
for i = 3, #KEYS, 2 do
  local handoff, offset, revision, kind, lead, at_ms, json = unpack(ARGV, at, at + 6)
  at = at + 7
  if tonumber(offset) > mark then
    last = offset
    if redis.call('HEXISTS', ARGV[4], 'lead:' .. lead) == 1 then
      redis.call('DEL', KEYS[i], KEYS[i + 1])
      redis.call('ZREM', KEYS[2], handoff)
    else
      local known = redis.call('HMGET', KEYS[i], 'revision', 'type')
      local latest = kind
      if tonumber(revision) >= (tonumber(known[1]) or 0) then
        redis.call('HSET', KEYS[i], 'json', json, 'revision', revision, 'type', kind, 'lead_id', lead)
        redis.call('PERSIST', KEYS[i])
        redis.call('SET', KEYS[i + 1], lead)
        written = written + 1
      else
        latest = known[2]
      end
      if ENDED[latest] then
        redis.call('ZREM', KEYS[2], handoff)
        redis.call('EXPIRE', KEYS[i], ARGV[3])
      elseif kind == 'requested' then
        redis.call('ZADD', KEYS[2], at_ms, handoff)
      else
        redis.call('ZADD', KEYS[2], 'NX', at_ms, handoff)
      end
    end
  end
end
if last then
  redis.call('HSET', KEYS[1], ARGV[1], last)
end
return written
