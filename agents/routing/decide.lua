-- Gives handoffs to people. Atomic: load is counted where it is decided, and a decision stands: a repeat gets the same.
-- KEYS: marker, open leads by person, leads of the day, shares, waiting, untold.
-- ARGV: prefix of decisions; ms now; day; the policy, `id@version`; msgpack list of asks:
--   {handoff, revision, what, {{rule, kind, target, share, {{person, weight, most open or -1, most a day or -1}, ...},
--    {everybody of the target, at work or not}}, ...}, what is known of the lead}
-- what: 'new'; 'anew' (take it from its owner and choose without the earlier ones; where there is nobody else at all, the
-- owner keeps it); 'waiting' (choose if it still waits).
-- Returns msgpack list of {status, rule, kind, target, owner, ms decided, revision, times given anew, where it waited,
-- 1 if its owner kept it, by which policy}; status: 'given', 'waiting', 'ended', or 'gone' for a lead that waits no more. False: Redis has lost the desk.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local OPEN, TODAY, SHARES, WAITING, UNTOLD = KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local prefix, now_ms, day, policy, asks = ARGV[1], ARGV[2], ARGV[3], ARGV[4], cmsgpack.unpack(ARGV[5])

local function number(hash, field)
  return tonumber(redis.call('HGET', hash, field) or nil) or 0
end

local function has_room(member)
  local name, most, a_day = member[1], member[3], member[4]
  return (most < 0 or number(OPEN, name) < most) and (a_day < 0 or number(TODAY, day .. '/' .. name) < a_day)
end

-- Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996): each gets a share by weight, and who was away does not
-- have to catch up.
local function fairest(option, without)
  local where = option[2] .. ':' .. option[3]
  local clock, best = number(SHARES, where), nil
  for _, member in ipairs(option[5]) do
    if not without[member[1]] and has_room(member) then
      local finish = number(SHARES, where .. '/' .. member[1])
      local start = math.max(clock, finish)
      local rank = option[4] == 'fewest_open' and { number(OPEN, member[1]), start } or { start, finish + 1 / member[2] }
      if not best or rank[1] < best.rank[1] or (rank[1] == best.rank[1] and rank[2] < best.rank[2]) then
        best = { name = member[1], weight = member[2], start = start, rank = rank, where = where }
      end
    end
  end
  return best
end

local function take(best)
  redis.call('HSET', SHARES, best.where, string.format('%.17g', best.start))
  redis.call('HSET', SHARES, best.where .. '/' .. best.name, string.format('%.17g', best.start + 1 / best.weight))
  redis.call('HINCRBY', OPEN, best.name, 1)
  redis.call('HINCRBY', TODAY, day .. '/' .. best.name, 1)
end

local function answer(held)
  return {
    held.status, held.rule or '', held.kind or '', held.target or '', held.owner or '', tonumber(held.at or 0),
    tonumber(held.revision or 0), tonumber(held.anew or 0), held.waited or '', tonumber(held.kept or 0), held.policy or '',
  }
end

local function stored(key)
  local flat, held = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    held[flat[i]] = flat[i + 1]
  end
  return held
end

-- Is there anybody at all, at work or not, who had it not yet? A queue or a partner always may.
local function anybody(options, without)
  for _, option in ipairs(options) do
    if option[2] == 'queue' or option[2] == 'partner' then
      return true
    end
    for _, name in ipairs(option[6]) do
      if not without[name] then
        return true
      end
    end
  end
  return #options == 0
end

local answers = {}
for at, ask in ipairs(asks) do
  local handoff, revision, what, options, lead = ask[1], ask[2], ask[3], ask[4], ask[5]
  local key = prefix .. handoff
  local held = stored(key)
  local stands = held.status and not (what == 'anew' and held.status ~= 'ended' and tonumber(held.revision) < revision)
  if what == 'waiting' then
    stands = held.status ~= 'waiting'
  end
  if stands or (what == 'waiting' and not held.status) then
    held.status = held.status or 'gone'
    if what == 'waiting' then
      redis.call('HDEL', WAITING, handoff)
    end
    answers[at] = answer(held)
  else
    local without, owned = {}, what == 'anew' and held.owner and held.owner ~= ''
    for name in string.gmatch(held.earlier or '', '[^\n]+') do
      without[name] = true
    end
    if owned then
      without[held.owner] = true
    end
    local stays = owned and not anybody(options, without)
    if owned and not stays then
      redis.call('HINCRBY', OPEN, held.owner, -1)
      held.earlier = (held.earlier and held.earlier .. '\n' or '') .. held.owner
      held.anew = tonumber(held.anew or 0) + 1
    end
    local made = { status = 'waiting', owner = '', rule = '', kind = 'queue', target = 'unrouted' }
    if stays then
      made = { status = 'given', owner = held.owner, rule = held.rule, kind = held.kind, target = held.target }
    end
    for _, option in ipairs(stays and {} or options) do
      made.rule, made.kind, made.target = option[1], option[2], option[3]
      if option[2] == 'queue' or option[2] == 'partner' then
        made.status = 'given'
        break
      end
      local best = fairest(option, without)
      if best then
        take(best)
        made.status, made.owner = 'given', best.name
        break
      end
    end
    if #options == 0 then
      made.status = 'given'
    end
    if made.status == 'waiting' then
      redis.call('HSET', WAITING, handoff, lead)
    else
      if what == 'waiting' then
        redis.call('HSET', UNTOLD, handoff, redis.call('HGET', WAITING, handoff) or lead)
      end
      redis.call('HDEL', WAITING, handoff)
    end
    made.at, made.revision = now_ms, what == 'waiting' and held.revision or revision
    made.earlier, made.anew = held.earlier or '', held.anew or 0
    made.kept, made.policy = stays and 1 or 0, policy
    made.waited = made.status == 'waiting' and made.target or what == 'waiting' and held.target or ''
    for field, value in pairs(made) do
      redis.call('HSET', key, field, value)
    end
    answers[at] = answer(made)
  end
end
return cmsgpack.pack(answers)
