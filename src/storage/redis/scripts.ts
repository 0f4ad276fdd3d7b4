import { BOXES, script, type Script } from './lua.ts'

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

/**
 * KEYS meta events claims names, hashes of boxes, open ones first. ARGV how many are open, boxes of each that are measured
 * at most. Answers bytes and number of events, number of claims, 0, number of names, then bytes and fields of each hash.
 */
export const SIZE: Script = script(`
local call = redis.call
local events = call('HMGET', KEYS[2], 'b', '#')
local sizes = { tonumber(events[1] or 0), tonumber(events[2] or 0), call('HLEN', KEYS[3]), 0, call('HLEN', KEYS[4]) }
local function measured(key)
  local boxes, bytes = {}, 0
  for _, field in ipairs(call('HKEYS', key)) do
    if string.byte(field) == 110 then boxes[#boxes + 1] = string.sub(field, 2) end
  end
  local step = math.max(1, math.ceil(#boxes / tonumber(ARGV[2])))
  for place = 1, #boxes, step do
    bytes = bytes + call('HSTRLEN', key, 'n' .. boxes[place]) - 16 + call('HSTRLEN', key, 'd' .. boxes[place])
  end
  return math.floor(bytes * #boxes / math.max(1, math.ceil(#boxes / step)))
end
for place = 5, #KEYS do
  sizes[#sizes + 1] = place < 5 + tonumber(ARGV[1]) and measured(KEYS[place]) or tonumber(call('HGET', KEYS[place], 'b') or 0)
  sizes[#sizes + 1] = call('HLEN', KEYS[place])
end
return sizes
`)
