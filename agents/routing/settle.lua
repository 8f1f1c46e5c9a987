-- Takes in what became of handoffs: ended ones free their owner, others may have passed to somebody else.
-- KEYS: marker, open leads by person, waiting, untold. ARGV: prefix of decisions; seconds an ended one is kept; msgpack list of
-- {handoff, revision, owner or '', 1 if ended}. In any order and repeated: the latest revision counts. False: the desk is lost.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local prefix, keep_s, news = ARGV[1], ARGV[2], cmsgpack.unpack(ARGV[3])
for _, said in ipairs(news) do
  local handoff, revision, owner, ended = said[1], said[2], said[3], said[4]
  local key = prefix .. handoff
  local held = redis.call('HMGET', key, 'status', 'owner', 'settled', 'revision')
  local status, before = held[1] or 'none', held[2] or ''
  if status ~= 'ended' and revision > (tonumber(held[3] or nil) or -1) then
    if ended == 1 then
      if before ~= '' then
        redis.call('HINCRBY', KEYS[2], before, -1)
      end
      redis.call('HDEL', KEYS[3], handoff)
      redis.call('HDEL', KEYS[4], handoff)
      redis.call('HSET', key, 'status', 'ended', 'settled', revision)
      redis.call('EXPIRE', key, keep_s)
    else
      -- What was said before it was last given tells of an owner whom it was taken from.
      local newer = revision > (tonumber(held[4] or nil) or -1)
      if newer and owner ~= '' and owner ~= before then
        if before ~= '' then
          redis.call('HINCRBY', KEYS[2], before, -1)
        end
        redis.call('HINCRBY', KEYS[2], owner, 1)
        redis.call('HDEL', KEYS[3], handoff)
        redis.call('HSET', key, 'owner', owner, 'status', 'given')
      end
      redis.call('HSET', key, 'settled', revision)
    end
  end
end
return true
