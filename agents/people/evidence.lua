-- May two leads be one? What each is known by is counted once per call; the policy comes with the call.
-- ARGV[3]: msgpack {map of namespace -> {strong, most per lead, shared after}, most identities of a lead}.
local policy = cmsgpack.unpack(ARGV[3])
local RULES, MOST = policy[1], policy[2]
local SHARED_MARGIN_MS = 60000
local namespaces, trees, refused = {}, {}, {}
local any_blocked = redis.call('EXISTS', N.blocked) == 1
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)

-- A CRM's own id may hold colons, a hash holds none.
local function namespace_of(key)
  local namespace = namespaces[key]
  if not namespace then
    namespace = key:match('^(crm:[^:]+):') or key:match('^(.*):')
    namespaces[key] = namespace
  end
  return namespace
end

local function rule_of(namespace)
  return RULES[namespace] or (namespace:sub(1, 4) == 'crm:' and RULES['crm:*']) or RULES['others']
end

local function is_weak(key)
  return rule_of(namespace_of(key))[1] == 0
end

-- A lead whole: it and all that was merged into it, and how many identities of each namespace they have.
local function tree_of(root)
  local tree = trees[root]
  if tree then
    return tree
  end
  tree = { counts = {}, total = 0, leads = {} }
  local waiting = { root }
  while #waiting > 0 do
    local lead = table.remove(waiting)
    tree.leads[#tree.leads + 1] = lead
    for _, key in ipairs(redis.call('HKEYS', N.leads .. lead)) do
      if key:sub(1, 1) == '>' then
        waiting[#waiting + 1] = key:sub(2)
      else
        local namespace = namespace_of(key)
        tree.counts[namespace] = (tree.counts[namespace] or 0) + 1
        tree.total = tree.total + 1
      end
    end
  end
  trees[root] = tree
  return tree
end

local function alone(key, lead)
  return { counts = { [namespace_of(key)] = 1 }, total = 1, leads = { lead } }
end

-- Why two may not be one; nil: they may.
local function refusal(one, other, weak)
  if any_blocked then
    for _, a in ipairs(one.leads) do
      for _, b in ipairs(other.leads) do
        if redis.call('SISMEMBER', N.blocked, a < b and a .. ' ' .. b or b .. ' ' .. a) == 1 then
          return 'split'
        end
      end
    end
  end
  local over = one.total + other.total > MOST
  for namespace, count in pairs(one.counts) do
    local theirs = other.counts[namespace]
    if theirs then
      local rule = rule_of(namespace)
      -- An identity has one home: those of two leads always differ.
      if weak and rule[1] == 1 then
        return 'strong_differ'
      end
      over = over or count + theirs > rule[2]
    end
  end
  return over and 'limit' or nil
end

local function refuse(reason)
  refused[reason] = (refused[reason] or 0) + 1
end

-- Links an identity to its home, for ever.
local function link(key, lead, at_ms)
  redis.call('SET', N.ids .. key, lead)
  redis.call('HSET', N.leads .. lead, key, 1)
  redis.call('HSET', N.links_due, key, ms(at_ms))
  local tree = trees[root_of(lead)]
  if tree then
    local namespace = namespace_of(key)
    tree.counts[namespace] = (tree.counts[namespace] or 0) + 1
    tree.total = tree.total + 1
  end
end

-- Of two leads the smaller id survives, always, so that pointers cannot cycle. (Ids are of digits and capitals.)
local function merge(one, other, at_ms)
  local survivor, loser = one, other
  if other < one then
    survivor, loser = other, one
  end
  local ours, theirs = tree_of(survivor), tree_of(loser)
  pointers[loser] = { survivor, 0 }
  redis.call('HSET', N.merged, loser, survivor .. ' 0')
  redis.call('HSET', N.merges_due, loser, ms(at_ms))
  redis.call('HSET', N.leads .. survivor, '>' .. loser, 1)
  for namespace, count in pairs(theirs.counts) do
    ours.counts[namespace] = (ours.counts[namespace] or 0) + count
  end
  ours.total = ours.total + theirs.total
  for _, lead in ipairs(theirs.leads) do
    ours.leads[#ours.leads + 1] = lead
  end
  trees[loser] = nil
  unite(loser, survivor)
  tell('merged ' .. loser .. ' ' .. survivor .. ' 0')
end

-- A weak identity that would join many different people is nobody's, from a little later on: until then messages that
-- were written already find the same lead when they are written again. Returns that time once it is known.
local function keep_refusal(key, lead, at_ms)
  local after = is_weak(key) and rule_of(namespace_of(key))[3] or 0
  if after == 0 then
    return nil
  end
  redis.call('SADD', N.refusals .. key, lead)
  if redis.call('SCARD', N.refusals .. key) <= after then
    return nil
  end
  redis.call('DEL', N.refusals .. key)
  redis.call('HSET', N.shared, key, ms(now_ms + SHARED_MARGIN_MS))
  redis.call('HSETNX', N.links_due, key, ms(at_ms))
  tell('forget ' .. key)
  return now_ms + SHARED_MARGIN_MS
end
