import { BOXES, script, type Script } from './lua.ts'

/** The version of the layout that this code reads and writes. */
export const VERSION = 1

/*
 * A run is of one writer, by growing number, and in most cases all of it is new. Of one of which some was kept before, the
 * rest is found by its heads: a line with number, time and kind for each event.
 */
const EVENTS = `
  if runs > 0 then
    -- Where only some of the three are left, the others were evicted.
    if have == 1 or have == 2 then
      call('DEL', chunks, ids, times)
      call('HSET', meta, 'since', time)
    end
    local marks, latest, last = {}, {}, tonumber(call('HGET', meta, 'last') or time)
    local function keep(count, low, high, kinds, text)
      local final = math.max(last + count, count)
      local first = string.format('%.0f', final - count + 1)
      last = final
      local member = table.concat({ first, count, low, high, kinds }, ' ')
      call('HSET', chunks, first, text)
      call('HINCRBY', chunks, '#', count)
      call('HINCRBY', chunks, 'b', #text)
      call('ZADD', ids, first, member)
      call('ZADD', times, low, member)
    end
    local function keep_above(number, heads, text)
      local lines, kinds, listed, low, high = {}, {}, {}, nil, nil
      local next_line = string.gmatch(text, '[^\\n]+')
      for count, moment, kind in string.gmatch(heads, '(%S+) (%S+) (%S*)\\n') do
        local line = next_line()
        if tonumber(count) > number then
          lines[#lines + 1] = line
          if not kinds[kind] then
            kinds[kind] = true
            listed[#listed + 1] = kind
          end
          if not low or tonumber(moment) < tonumber(low) then low = moment end
          if not high or tonumber(moment) > tonumber(high) then high = moment end
        end
      end
      keep(#lines, low, high, table.concat(listed, ','), table.concat(lines, '\\n'))
    end
    for _ = 1, runs do
      local writer, count, first, final, low, high, kinds, heads, text = unpack(ARGV, at, at + 8)
      if marks[writer] == nil then
        local was = call('HGET', writers, 'w' .. writer)
        marks[writer] = was and string.match(was, '^%S+') or false
        latest[writer] = was and string.match(was, ' (%S+)$') or time
      end
      local number = tonumber(marks[writer])
      if not number or tonumber(final) > number then
        if not number or tonumber(first) > number then keep(count, low, high, kinds, text)
        else keep_above(number, heads, text) end
        marks[writer] = final
      end
      at = at + 9
    end
    call('HSET', meta, 'last', string.format('%.0f', last))
    for writer, number in pairs(marks) do
      local moment = tonumber(latest[writer]) > tonumber(time) and latest[writer] or time
      call('HSET', writers, 'w' .. writer, number .. ' ' .. moment)
    end
    if have < 3 or refresh_events == '1' then
      for _, key in ipairs({ chunks, ids, times }) do call('PEXPIRE', key, events_life) end
    end
  end`

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
 * ARGV generation, field of this connection, what is in it after the call that was answered last or '', what is in it
 * after this one: number and time, life of all, then '' or counts of names, runs of events and claims, life of events,
 * whether all, and whether events are to live as long from now on; then for each name: id, text; for each run: writer,
 * events, first and last number, lowest and highest time, kinds, heads, text; where there are claims: owner, ids; for each
 * box: place of its key, listed, life, field, numbers, detail.
 *
 * A flush of boxes, which comes each second from each process, goes through as few commands as can be: whatever is not as
 * it was left after the last call is looked at more closely.
 */
export const PUT: Script = script(`${BOXES}
local meta, writers = KEYS[1], KEYS[4]
local generation, connection, seen, mark, life = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local here = call('HGET', writers, connection)
-- A later version, too, begins a generation where it changes how things are kept.
if here ~= seen or call('HGET', meta, 'generation') ~= generation or call('EXISTS', KEYS[2], KEYS[3]) < 2 then
  local known = call('HMGET', meta, 'version', 'generation')
  if known[1] and tonumber(known[1]) > ${VERSION} then return 'newer ' .. known[1] end
  local number, time = string.match(mark, '^(%S+) (%S+)$')
  if not known[2] or call('EXISTS', meta, KEYS[2], KEYS[3], writers) < 4 then
    local fresh = connection .. '.' .. number
    call('HSET', meta, 'version', ${VERSION}, 'generation', fresh, 'since', time)
    for place = 2, 4 do call('HSET', KEYS[place], '', '') end
    for place = 1, 4 do call('PEXPIRE', KEYS[place], life) end
    return 'lost ' .. fresh
  end
  if known[2] ~= generation then return 'other ' .. known[2] end
  local last, kept = here and tonumber(string.match(here, '^%S+')), tonumber(string.match(seen, '^%S+') or 0)
  if last and last >= tonumber(number) then return 'stale' end
  -- It does not know of what it had said was kept: an older copy of the store has taken its place.
  if kept > 0 and (not last or last < kept) then
    call('HSET', meta, 'since', time)
    return 'behind'
  end
end

local first_box, at = 4, 7
if ARGV[6] ~= '' then
  local time = string.match(mark, '%S+$')
  local told, runs, claims, events_life, refresh, refresh_events =
    string.match(ARGV[6], '^(%d+) (%d+) (%d+) (%d+) (%d) (%d)$')
  told, runs, claims = tonumber(told), tonumber(runs), tonumber(claims)
  local function next_key()
    first_box = first_box + 1
    return KEYS[first_box]
  end
  local names, names_seen = KEYS[2], told > 0 and next_key()
  local chunks, ids, times
  if runs > 0 then chunks, ids, times = next_key(), next_key(), next_key() end
  local have = runs > 0 and call('EXISTS', chunks, ids, times)
  -- What is another program's under these names is refused here, and neither used nor taken away.
  if have == 1 or have == 2 then
    call('HLEN', chunks)
    call('ZCARD', ids)
    call('ZCARD', times)
  end
  local claimed, claims_at = claims > 0 and next_key(), at + told * 2 + runs * 9
  local owner = claimed and ARGV[claims_at]
  for place = claims_at + 1, claims_at + claims do
    local has = call('HGET', claimed, ARGV[place])
    if not has or string.sub(has, 2) ~= owner then return 'taken' end
  end

  for place = claims_at + 1, claims_at + claims do call('HSET', claimed, ARGV[place], '1' .. owner) end
  for _ = 1, told do
    local id = ARGV[at]
    call('HSET', names, 'i' .. id, ARGV[at + 1])
    local score = call('ZSCORE', names_seen, id)
    if not score or tonumber(score) < tonumber(time) then call('ZADD', names_seen, time, id) end
    at = at + 2
  end
  if told > 0 then
    call('PEXPIRE', names, life)
    call('PEXPIRE', names_seen, life)
  end
${EVENTS}
  if refresh == '1' then for place = 1, 4 do call('PEXPIRE', KEYS[place], life) end end
  at = claims_at + (claimed and 1 + claims or 0)
end
while ARGV[at] do
  put_box(KEYS[first_box + ARGV[at]], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  at = at + 6
end
call('HSET', writers, connection, mark)
return 'ok'
`)
