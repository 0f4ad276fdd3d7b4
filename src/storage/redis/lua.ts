import { createHash } from 'node:crypto'

/** A script and the name under which servers remember it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** A script of this text. */
export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/*
 * A server runs a script alone and whole. What may be refused comes before the first write; and while the server is out of
 * memory it refuses the first write that takes some, or none: so each of these is done wholly or not at all.
 *
 * A hash of boxes has two fields for each box: `n<start> <writer>`, which begins with 16 bytes that stand for the content,
 * and `d<start> <writer>` where there is detail. Its field `b` counts the bytes of sealed boxes, without those 16; of open
 * ones, which are put again each second, it says nothing, for to keep count takes longer than to put.
 */
export const BOXES: string = `
local call = redis.call
local function put_box(key, listed, life, field, numbers, detail)
  local is_sealed, had, old = string.byte(listed) == 115, 0, 0
  if is_sealed then
    had = call('HSTRLEN', key, 'n' .. field)
    if had > 0 then old = had - 16 + call('HSTRLEN', key, 'd' .. field) end
  end
  local fields
  if #detail > 0 then fields = call('HSET', key, 'n' .. field, numbers, 'd' .. field, detail)
  else
    fields = 1 + call('HSET', key, 'n' .. field, numbers)
    call('HDEL', key, 'd' .. field)
  end
  if is_sealed then call('HINCRBY', key, 'b', #numbers - 16 + #detail - old) end
  if fields == 2 then
    if not is_sealed then call('HSETNX', key, 'b', 0) end
    -- A hash is taken off the list with its last box: one that is listed and has this box only was evicted.
    if call('HSET', KEYS[1], listed, '') == 0 and call('HLEN', key) <= (#detail > 0 and 3 or 2) then
      local start, since = string.match(field, '^%-?%d+'), call('HGET', KEYS[1], 'since')
      if not since or tonumber(since) < tonumber(start) then call('HSET', KEYS[1], 'since', start) end
    end
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
  elseif string.byte(listed) == 115 then call('HINCRBY', key, 'b', -old) end
  return 1
end
`
