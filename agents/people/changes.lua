-- What caches must learn since a number they know.
-- ARGV[3]: that number. Returns msgpack {newest number, {change, ...}} oldest first; the list is false where it goes
-- back too little: everything is to be forgotten.
local known, newest = tonumber(ARGV[3]), tonumber(redis.call('GET', N.changes) or 0)
local behind, changes = newest - known, {}
if behind < 0 or behind > redis.call('LLEN', N.change_list) then
  return cmsgpack.pack({ newest, false })
end
if behind > 0 then
  local listed = redis.call('LRANGE', N.change_list, 0, behind - 1)
  for i = #listed, 1, -1 do
    changes[#changes + 1] = listed[i]:match('^%d+ (.*)$')
  end
end
return cmsgpack.pack({ newest, changes })
