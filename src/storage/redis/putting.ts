import { BOXES, script, type Script } from './lua.ts'

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
 * owner, life of events, the last call that was answered; then for each box: place of its key, listed, life, field, numbers, detail; for each name: id, text;
 * for each event: writer, number, time, kind, text; for each claim: id.
 */
export const PUT: Script = script(`${BOXES}
local meta, names, documents, writers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local version, expected, fresh, time, life, connection, number = unpack(ARGV, 1, 7)
local boxes, told, events, claims = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local owner, events_life, kept = ARGV[12], ARGV[13], tonumber(ARGV[14])
local at, key = 15, 4
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
last = last and tonumber(string.match(last, '^%S+'))
if last and last >= tonumber(number) then return 'stale' end
-- It does not know of what it had said was kept: an older copy of the store has taken its place.
if kept > 0 and (not last or last < kept) then
  call('HSET', meta, 'since', time)
  return 'behind'
end

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

-- Where only some of the three are left, the others were evicted.
if events > 0 then
  local have = call('EXISTS', chunks, ids, times)
  if have == 1 or have == 2 then
    call('DEL', chunks, ids, times)
    call('HSET', meta, 'since', time)
  end
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
