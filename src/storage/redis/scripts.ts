import { createHash } from 'node:crypto'

/** A script and the name under which servers remember it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/*
 * A server runs a script alone and whole. What may be refused comes before the first write; and while the server is out of
 * memory it refuses the first write that takes some, or none: so each of these is done wholly or not at all.
 *
 * A hash of boxes has two fields for each box: `n<start> <writer>`, which begins with 16 bytes that stand for the content,
 * and `d<start> <writer>` where there is detail. Its field `b` counts the bytes, without those 16.
 */
const BOXES = `
local call = redis.call
local function put_box(key, listed, life, field, numbers, detail)
  local had = call('HSTRLEN', key, 'n' .. field)
  local old = 0
  if had > 0 then old = had - 16 + call('HSTRLEN', key, 'd' .. field) end
  if #detail > 0 then call('HSET', key, 'n' .. field, numbers, 'd' .. field, detail)
  else
    call('HSET', key, 'n' .. field, numbers)
    if old > had - 16 then call('HDEL', key, 'd' .. field) end
  end
  call('HINCRBY', key, 'b', #numbers - 16 + #detail - old)
  if had == 0 then
    call('HSET', KEYS[1], listed, '')
    call('PEXPIRE', key, life)
  end
end
local function drop_box(key, listed, field)
  local had = call('HSTRLEN', key, 'n' .. field)
  if had == 0 then return 0 end
  local old = had - 16 + call('HSTRLEN', key, 'd' .. field)
  call('HDEL', key, 'n' .. field, 'd' .. field)
  if call('HLEN', key) <= 1 then
    call('DEL', key)
    call('HDEL', KEYS[1], listed)
  else call('HINCRBY', key, 'b', -old) end
  return 1
end
`

/** KEYS meta names documents writers probe. ARGV version, generation, life. Answers the generation, or `newer <version>`. */
export const BEGIN: Script = script(`
local call = redis.call
local version = call('HGET', KEYS[1], 'version')
if version and tonumber(version) > tonumber(ARGV[1]) then return 'newer ' .. version end
-- Whoever may not do all of this must not begin: a script is not undone where it is forbidden to go on.
local probe = KEYS[5]
call('HSET', probe, 'b', 1, 'a', 'x')
call('HINCRBY', probe, 'b', 1)
call('HGET', probe, 'a')
call('HMGET', probe, 'a', 'b')
call('HSTRLEN', probe, 'a')
call('HLEN', probe)
call('HKEYS', probe)
call('HSCAN', probe, 0)
call('HDEL', probe, 'a')
call('PEXPIRE', probe, 1000)
call('DEL', probe)
call('ZADD', probe, 1, 'a')
call('ZSCORE', probe, 'a')
call('ZCARD', probe)
call('ZRANGEBYSCORE', probe, 1, 1)
call('ZREVRANGEBYSCORE', probe, 1, 1)
call('ZREM', probe, 'a')
local time = call('TIME')
local have = call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
local generation = call('HGET', KEYS[1], 'generation')
if have < 4 or not generation then
  generation = ARGV[2]
  call('HSET', KEYS[1], 'version', ARGV[1], 'generation', generation)
  if have > 0 then call('HSET', KEYS[1], 'since', time[1] .. '000') end
  for place = 2, 4 do call('HSET', KEYS[place], '', '') end
end
for place = 1, 4 do call('PEXPIRE', KEYS[place], ARGV[3]) end
return generation
`)

/**
 * KEYS meta names documents writers, then, as far as they are needed, seen, events ids times, claims, and hashes of boxes.
 * ARGV version, generation, a fresh one, time, life of all, connection, number of the call, boxes, names, events, claims,
 * owner, life of events; then for each box: place of its key, listed, life, field, numbers, detail; for each name: id, text;
 * for each event: writer, number, time, kind, text; for each claim: id.
 */
export const PUT: Script = script(`${BOXES}
local meta, names, documents, writers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local version, expected, fresh, time, life, connection, number = unpack(ARGV, 1, 7)
local boxes, told, events, claims = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local owner, events_life = ARGV[12], ARGV[13]
local at, key = 14, 4
local function next_key()
  key = key + 1
  return KEYS[key]
end

local known = call('HMGET', meta, 'version', 'generation', 'last')
if known[1] and tonumber(known[1]) > tonumber(version) then return 'newer ' .. known[1] end
if call('EXISTS', meta, names, documents, writers) < 4 or not known[2] then
  call('HSET', meta, 'version', version, 'generation', fresh, 'since', time)
  for place = 2, 4 do call('HSET', KEYS[place], '', '') end
  for place = 1, 4 do call('PEXPIRE', KEYS[place], life) end
  return 'lost ' .. fresh
end
if known[2] ~= expected then return 'other ' .. known[2] end
local last = call('HGET', writers, 'c' .. connection)
if last and tonumber(string.match(last, '^%S+')) >= tonumber(number) then return 'stale' end

local seen = told > 0 and next_key()
local chunks, ids, times
if events > 0 then chunks, ids, times = next_key(), next_key(), next_key() end
local claimed = claims > 0 and next_key()
local first_box = key
local claims_at = at + boxes * 6 + told * 2 + events * 5
for place = claims_at, claims_at + claims - 1 do
  local has = call('HGET', claimed, ARGV[place])
  if not has or string.sub(has, 2) ~= owner then return 'taken' end
end

for _ = 1, boxes do
  put_box(KEYS[first_box + tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  at = at + 6
end
for _ = 1, told do
  local id = ARGV[at]
  call('HSET', names, 'i' .. id, ARGV[at + 1])
  local score = call('ZSCORE', seen, id)
  if not score or tonumber(score) < tonumber(time) then call('ZADD', seen, time, id) end
  at = at + 2
end
if told > 0 then
  call('PEXPIRE', names, life)
  call('PEXPIRE', seen, life)
end

local marks, latest = {}, {}
local lines, kinds, listed, bytes, low, high = {}, {}, {}, 0
local function finish()
  local count = #lines
  if count == 0 then return end
  local final = math.max(tonumber(known[3] or time) + count, count)
  local first = string.format('%.0f', final - count + 1)
  known[3] = string.format('%.0f', final)
  call('HSET', meta, 'last', known[3])
  local text = table.concat(lines, '\\n')
  local member = table.concat({ first, count, low, high, table.concat(listed, ',') }, ' ')
  call('HSET', chunks, first, text)
  call('HINCRBY', chunks, '#', count)
  call('HINCRBY', chunks, 'b', #text)
  call('ZADD', ids, first, member)
  call('ZADD', times, low, member)
  lines, kinds, listed, low, high = {}, {}, {}, nil, nil
end
for _ = 1, events do
  local writer, count, moment, kind = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  if marks[writer] == nil then
    local mark = call('HGET', writers, 'w' .. writer)
    marks[writer] = mark and string.match(mark, '^%S+') or false
    latest[writer] = mark and string.match(mark, ' (%S+)$') or time
  end
  if not marks[writer] or count > tonumber(marks[writer]) then
    marks[writer] = ARGV[at + 1]
    lines[#lines + 1] = ARGV[at + 4]
    if not kinds[kind] then
      kinds[kind] = true
      listed[#listed + 1] = kind
    end
    if not low or tonumber(moment) < tonumber(low) then low = moment end
    if not high or tonumber(moment) > tonumber(high) then high = moment end
    if #lines == 250 then finish() end
  end
  at = at + 5
end
finish()
if events > 0 then
  for writer, mark in pairs(marks) do
    local moment = tonumber(latest[writer]) > tonumber(time) and latest[writer] or time
    call('HSET', writers, 'w' .. writer, mark .. ' ' .. moment)
  end
  call('PEXPIRE', chunks, events_life)
  call('PEXPIRE', ids, events_life)
  call('PEXPIRE', times, events_life)
end
for place = claims_at, claims_at + claims - 1 do call('HSET', claimed, ARGV[place], '1' .. owner) end
call('HSET', writers, 'c' .. connection, number .. ' ' .. time)
call('PEXPIRE', writers, life)
call('PEXPIRE', meta, life)
return 'ok'
`)

/**
 * KEYS meta, hashes of boxes. ARGV compared, dropped, put; then for each compared: place of its key, field, digest; for
 * each dropped: place, listed, field; for each put: place, listed, life, field, numbers, detail. Answers 1, or 0 for no.
 */
export const SEAL: Script = script(`${BOXES}
local compared, dropped, put = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local at = 4
for _ = 1, compared do
  local has = call('HGET', KEYS[1 + tonumber(ARGV[at])], 'n' .. ARGV[at + 1])
  if not has or string.sub(has, 1, 16) ~= ARGV[at + 2] then return 0 end
  at = at + 3
end
local key = function() return KEYS[1 + tonumber(ARGV[at])] end
for _ = 1, dropped do
  drop_box(key(), ARGV[at + 1], ARGV[at + 2])
  at = at + 3
end
for _ = 1, put do
  put_box(key(), ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  at = at + 6
end
return 1
`)

/** KEYS meta, a hash of boxes. ARGV listed, fields. Answers how many boxes went. */
export const DROP: Script = script(`${BOXES}
local gone = 0
for place = 2, #ARGV do gone = gone + drop_box(KEYS[2], ARGV[1], ARGV[place]) end
return gone
`)

/** KEYS meta, a hash of boxes that is listed. ARGV listed, end, how long it is kept. Takes it off the list if it is gone; answers whether too early. */
export const MISSING: Script = script(`
local call = redis.call
if call('EXISTS', KEYS[2]) == 1 or call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
local now = call('TIME')[1] * 1000
if tonumber(ARGV[2]) + tonumber(ARGV[3]) < now then return 0 end
local since = call('HGET', KEYS[1], 'since')
if not since or tonumber(since) < tonumber(ARGV[2]) then call('HSET', KEYS[1], 'since', ARGV[2]) end
return 1
`)

/** KEYS documents. ARGV life, field, '1' and what is there or '0', '1' and what is to be there or '0'. */
export const SWAP: Script = script(`
local has = redis.call('HGET', KEYS[1], ARGV[2])
local seen, next = ARGV[3], ARGV[4]
if (has and '1' .. has or '0') ~= seen then return 0 end
if next == '0' then redis.call('HDEL', KEYS[1], ARGV[2])
else redis.call('HSET', KEYS[1], ARGV[2], string.sub(next, 2)) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`)

/** KEYS claims times. ARGV owner, now, a day ago, when who has not kept it is taken for dead, life, ids. Answers a 1 or 0 for each. */
export const CLAIM: Script = script(`
local call = redis.call
local owner, now, day, dead = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local got = {}
for place = 6, #ARGV do
  local id = ARGV[place]
  local has, at = call('HGET', KEYS[1], id), call('ZSCORE', KEYS[2], id)
  local kept = has and string.sub(has, 1, 1) == '1'
  local own = has and string.sub(has, 2) == owner
  at = tonumber(at or 0)
  if not has or own or at <= day or (not kept and at <= dead) then
    call('HSET', KEYS[1], id, (own and kept and '1' or '0') .. owner)
    call('ZADD', KEYS[2], now, id)
    got[#got + 1] = '1'
  else got[#got + 1] = '0' end
end
if #got > 0 then
  call('PEXPIRE', KEYS[1], ARGV[5])
  call('PEXPIRE', KEYS[2], ARGV[5])
end
return table.concat(got)
`)

/** KEYS a hash, a sorted set. ARGV before, most, what fields begin with. Takes the members below from both; answers how many. */
export const FORGET: Script = script(`
local call = redis.call
local old = call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(old) do
  call('HDEL', KEYS[1], ARGV[3] .. id)
  call('ZREM', KEYS[2], id)
end
return #old
`)

/**
 * KEYS events ids times. ARGV, for each chunk: member, first, bytes as known, events that go, then what it becomes: member,
 * lowest time, text; or three times nothing. Answers how many events went.
 */
export const CUT: Script = script(`
local call = redis.call
local gone = 0
for at = 1, #ARGV, 7 do
  local member, first, bytes, less = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local has = call('HSTRLEN', KEYS[1], first)
  if has == bytes or bytes < 0 then
    local known = call('ZREM', KEYS[2], member)
    call('ZREM', KEYS[3], member)
    if ARGV[at + 4] == '' then call('HDEL', KEYS[1], first)
    else
      call('HSET', KEYS[1], first, ARGV[at + 6])
      call('ZADD', KEYS[2], first, ARGV[at + 4])
      call('ZADD', KEYS[3], ARGV[at + 5], ARGV[at + 4])
    end
    if has > 0 then
      call('HINCRBY', KEYS[1], '#', -less)
      call('HINCRBY', KEYS[1], 'b', #ARGV[at + 6] - has)
    end
    gone = gone + less * known
  end
end
return gone
`)

/** KEYS a hash. ARGV fields and what is in them: takes away those that are still so. */
export const SWEEP: Script = script(`
for at = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
return 0
`)

/** KEYS meta events claims names, hashes of boxes. Answers bytes and number of events, number of claims, 0, number of names, then bytes and fields of each hash. */
export const SIZE: Script = script(`
local call = redis.call
local events = call('HMGET', KEYS[2], 'b', '#')
local sizes = { tonumber(events[1] or 0), tonumber(events[2] or 0), call('HLEN', KEYS[3]), 0, call('HLEN', KEYS[4]) }
for place = 5, #KEYS do
  sizes[#sizes + 1] = tonumber(call('HGET', KEYS[place], 'b') or 0)
  sizes[#sizes + 1] = call('HLEN', KEYS[place])
end
return sizes
`)
