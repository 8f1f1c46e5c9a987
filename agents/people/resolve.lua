-- Finds the lead of each item, links identities that have none, and merges leads that one person shows to be one.
-- Atomic: two workers cannot make two leads of one person. May be repeated: nothing changes then.
-- ARGV[4]: msgpack list of {lead named outright or '', append ms, {identity key, ...}, {candidate lead of each, ...},
-- {1 where several people use it, ...}, {erasures that the candidates are made for, ...}}; both last lists may be empty.
-- Returns msgpack {answers, pointers, {reason, refused merges, ...}, {leads, merges, shared identities: new}}.
-- An answer: {lead named, or home of the first identity, 1 if several leads remain, what was erased, news}. Where the
-- message is too old for an erased identity, or its candidate is of before the erasure, nothing is decided: 'what was
-- erased' lists {number of the identity or -1, erasures, erased ms, append ms if unannounced}; erased ms -1: it must
-- begin a lead, and has no candidate yet.
-- News: {number of the identity, its home, append ms if unannounced, shared ms, erasures, erased ms, 1 if not joined},
-- of those that are new, unannounced, at home elsewhere, shared or erased before.
-- A pointer: {loser, survivor, switch ms, append ms if unannounced}.
local FOR_EVER = 253402300799999
local items = cmsgpack.unpack(ARGV[4])
local new = { leads = 0, merges = 0, shared = 0 }

local names, keys, graves, seen = {}, {}, {}, {}
for _, item in ipairs(items) do
  for _, name in ipairs(item[3]) do
    if not seen[name] then
      names[#names + 1], keys[#keys + 1], graves[#graves + 1] = name, N.ids .. name, name
      seen[name] = true
    end
  end
  if item[1] ~= '' then
    graves[#graves + 1] = 'lead:' .. item[1]
  end
end
local home = {}
for first = 1, #names, SLICE do
  local last = math.min(first + SLICE - 1, #names)
  local leads = redis.call('MGET', unpack(keys, first, last))
  for i = first, last do
    home[names[i]] = leads[i - first + 1] or nil
  end
end
local due_ms, erased, shared_ms = told_of(N.links_due, names), told_of(N.erased, graves), told_of(N.shared, names)
for name, at in pairs(shared_ms) do
  shared_ms[name] = tonumber(at)
end
for name, said in pairs(erased) do
  erased[name] = grave(said)
end
local merged_any = redis.call('EXISTS', N.merged) == 1
if not merged_any then
  setmetatable(pointers, { __index = function() return false end })
end

-- What was erased and forbids an answer.
local function erasures_in(item)
  local gone, named = {}, item[1] ~= '' and erased['lead:' .. item[1]]
  for i, name in ipairs(item[3]) do
    local known = erased[name]
    if known and (item[2] <= known[2] or (not home[name] and (item[6][i] or 0) ~= known[1])) then
      gone[#gone + 1] = { i - 1, known[1], known[2], tonumber(due_ms[name] or 0) }
    end
  end
  if named and (item[2] <= named[2] or #item[3] == 0) then
    gone[#gone + 1] = { -1, 0, #item[3] == 0 and FOR_EVER or named[2], 0 }
  end
  return gone
end

local function settle(item)
  local at_ms, list, candidates, shares = item[2], item[3], item[4], item[5]
  local named = (item[1] ~= '' and not erased['lead:' .. item[1]]) and item[1] or nil
  local told = {} -- pairs of leads refused in this item already

  local function pair(a, b)
    return a < b and a .. b or b .. a
  end
  local function finds(i)
    return shares[i] ~= 1 and not (shared_ms[list[i]] and at_ms >= shared_ms[list[i]])
  end
  local function note(i, lead)
    local name = i > 0 and list[i]
    if name and not shared_ms[name] then
      shared_ms[name] = keep_refusal(name, lead, at_ms)
      if shared_ms[name] then
        due_ms[name] = due_ms[name] or at_ms
        new.shared = new.shared + 1
      end
    end
  end
  local function shared(i)
    return i > 0 and (shares[i] == 1 or shared_ms[list[i]])
  end
  local function weak(i)
    return i > 0 and is_weak(list[i])
  end
  -- The strongest that has a home says whom the message is written to; 0: the lead named outright.
  local function strongest()
    if named then
      return 0, named
    end
    for i, name in ipairs(list) do
      if home[name] and finds(i) then
        return i, home[name]
      end
    end
  end

  for i, name in ipairs(list) do
    if not home[name] and (shares[i] == 1 or finds(i)) then
      local by, lead = strongest()
      local into = candidates[i]
      if lead and shares[i] ~= 1 then
        lead = root_of(lead)
        local reason = shared(by) and 'shared' or refusal(alone(name, into), tree_of(lead), weak(i) or weak(by))
        if not reason then
          into = lead
        elseif into then
          refuse(reason)
          told[reason == 'shared' and list[by] or pair(into, lead)] = true
          if reason == 'strong_differ' then
            note(i, lead)
            note(by, into)
          end
        end
      end
      if not into then
        return { '', 0, { { i - 1, erased[name] and erased[name][1] or 0, -1, 0 } }, {} }
      end
      if into == candidates[i] then
        new.leads = new.leads + 1
      end
      home[name], due_ms[name] = into, at_ms
      link(name, into, at_ms)
    end
  end

  -- Each pair is tried by its strongest evidence first.
  local first = named and 0 or 1
  for i = first, #list do
    local one = i == 0 and named or home[list[i]]
    for j = i + 1, #list do
      local other = home[list[j]]
      if one and other and one ~= other then
        local a, b = root_of(one), root_of(other)
        if a ~= b and not told[pair(a, b)] then
          local nobodys = shared(i) and i or shared(j) and j
          local reason = nobodys and 'shared' or refusal(tree_of(a), tree_of(b), weak(i) or weak(j))
          if not reason then
            merge(a, b, at_ms)
            new.merges = new.merges + 1
            if not merged_any then
              merged_any = true
              setmetatable(pointers, nil)
            end
          elseif not told[nobodys and list[nobodys] or pair(a, b)] then
            -- A shared one says nothing of the pair: another may show that they are one.
            told[nobodys and list[nobodys] or pair(a, b)] = true
            refuse(reason)
            if reason == 'strong_differ' then
              note(i, b)
              note(j, a)
            end
          end
        end
      end
    end
  end

  local by, lead = strongest()
  local answer = named or home[list[1]] or ''
  local root, several, news = lead and root_of(lead), 0, {}
  for i, name in ipairs(list) do
    local its, known = home[name] or '', erased[name]
    local apart = its ~= '' and root and root_of(its) ~= root
    several = apart and 1 or several
    if due_ms[name] or its ~= answer or shared_ms[name] or known then
      known = known or { 0, 0 }
      news[#news + 1] = {
        i - 1, its, tonumber(due_ms[name] or 0), shared_ms[name] or 0, known[1], known[2], apart and 1 or 0,
      }
    end
  end
  return { answer, several, {}, news }
end

local answers, chains, walked = {}, {}, {}

-- The pointers from a lead on, each once.
local function walk(lead)
  local next = lead ~= '' and pointer(lead)
  while next and not walked[lead] do
    walked[lead] = true
    local due = next[2] == 0 and tonumber(redis.call('HGET', N.merges_due, lead) or 0) or 0
    chains[#chains + 1] = { lead, next[1], next[2], due }
    lead = next[1]
    next = pointer(lead)
  end
end

for at, item in ipairs(items) do
  local gone = erasures_in(item)
  answers[at] = #gone > 0 and { '', 0, gone, {} } or settle(item)
end
if merged_any then
  for _, answer in ipairs(answers) do
    walk(answer[1])
    for _, news in ipairs(answer[4]) do
      walk(news[2])
    end
  end
end
local reasons = {}
for reason, count in pairs(refused) do
  reasons[#reasons + 1] = { reason, count }
end
return cmsgpack.pack({ answers, chains, reasons, { new.leads, new.merges, new.shared } })
