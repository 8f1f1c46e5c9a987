-- Puts what the log says back into Redis, as long as we hold the lock: whoever was paused too long changes nothing.
-- KEYS: the lock. ARGV: our token; how long the lock is ours from now on, ms; msgpack map of names; msgpack list of
-- links {key, lead or '', append ms, shared ms, erasures, erased ms, {leads it was split from, ...}};
-- msgpack list of commands, each a list of texts. Returns 1, or 0 when the lock is no longer ours.
-- Records of one key come in their order, and the last one holds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local N, links = cmsgpack.unpack(ARGV[3]), cmsgpack.unpack(ARGV[4])

local function ms(number)
  return string.format('%.0f', number)
end

-- What a hash says of a key: set, or nothing any more.
local function say(hash, key, told)
  if told then
    redis.call('HSET', hash, key, told)
  else
    redis.call('HDEL', hash, key)
  end
end

-- Of a lead, `<id>`, or of a pair that somebody split, `<id>/<other id>`.
local function merge(of, survivor, at_ms, apart)
  local loser = of:match('^[^/]+')
  local before = of == loser and (redis.call('HGET', N.merged, loser) or ''):match('^%S+')
  if before then
    redis.call('HDEL', N.leads .. before, '>' .. loser)
  end
  if survivor ~= '' then
    -- Whether the log has heard of it is not known here: it is announced again, and hearing it twice changes nothing.
    redis.call('HSET', N.merged, loser, survivor .. ' 0')
    redis.call('HSET', N.merges_due, loser, ms(at_ms))
    redis.call('HSET', N.leads .. survivor, '>' .. loser, 1)
  elseif before then
    redis.call('HDEL', N.merged, loser)
    redis.call('HDEL', N.merges_due, loser)
  end
  for _, other in ipairs(apart) do
    redis.call('SADD', N.blocked, loser < other and loser .. ' ' .. other or other .. ' ' .. loser)
  end
end

local any_erased, any_shared = redis.call('EXISTS', N.erased) == 1, redis.call('EXISTS', N.shared) == 1
local ids = {}
for i, link in ipairs(links) do
  ids[i] = N.ids .. link[1]
end
local homes = #ids > 0 and redis.call('MGET', unpack(ids)) or {}
local again = {}
for i, link in ipairs(links) do
  local key, lead = link[1], link[2]
  if key:sub(1, 5) == 'lead:' then
    merge(key:sub(6), lead, link[3], link[7])
  else
    local before = again[key]
    if before == nil then
      before = homes[i]
    end
    if before and before ~= lead then
      redis.call('HDEL', N.leads .. before, key)
    end
    if lead ~= '' then
      redis.call('SET', ids[i], lead)
      redis.call('HSET', N.leads .. lead, key, 1)
    elseif before then
      redis.call('DEL', ids[i])
    end
    again[key] = lead ~= '' and lead or false
  end
  if link[6] > 0 or link[5] > 0 or any_erased then
    any_erased = true
    say(N.erased, key, (link[6] > 0 or link[5] > 0) and ms(link[5]) .. ' ' .. ms(link[6]))
  end
  if link[4] > 0 or any_shared then
    any_shared = true
    say(N.shared, key, link[4] > 0 and ms(link[4]))
  end
end
for _, command in ipairs(cmsgpack.unpack(ARGV[5])) do
  redis.call(unpack(command))
end
return 1
