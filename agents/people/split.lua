-- Takes a merge back, for good: the loser stands alone, and evidence never merges the two again.
-- ARGV[3]: loser; ARGV[4]: survivor (a lead that the loser was merged into, however indirectly).
-- Returns msgpack: the leads it is kept apart from; false when it was not merged there.
local loser, survivor = ARGV[3], ARGV[4]
local parent = pointer(loser)
local blocked = survivor < loser and survivor .. ' ' .. loser or loser .. ' ' .. survivor
if not parent then
  return cmsgpack.pack(redis.call('SISMEMBER', N.blocked, blocked) == 1 and { survivor } or false)
end
local apart, next = { parent[1] }, parent
while next and next[1] ~= survivor do
  next = pointer(next[1])
end
if not next then
  return cmsgpack.pack(false)
end
if parent[1] ~= survivor then
  apart[2] = survivor
end
for _, other in ipairs(apart) do
  redis.call('SADD', N.blocked, other < loser and other .. ' ' .. loser or loser .. ' ' .. other)
end
redis.call('HDEL', N.leads .. parent[1], '>' .. loser)
redis.call('HDEL', N.merged, loser)
redis.call('HDEL', N.merges_due, loser)
tell('parted ' .. loser)
return cmsgpack.pack(apart)
