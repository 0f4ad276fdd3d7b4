import { DAY, HOUR, MINUTE, SECOND } from './time.ts'

const DURATION: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
  ['d', DAY],
  ['w', 7 * DAY],
  ['y', 365 * DAY],
])
const SIZE: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
])

/** Milliseconds of `'1s'`, `'24h'`, `'1h30m'`; undefined when it is no duration. Units: ms s m h d w y. */
export function duration(text: string): number | undefined {
  return added(text, DURATION)
}

/** Bytes of `'256MB'`, `'64KiB'`; undefined when it is no size. */
export function size(text: string): number | undefined {
  return added(text.toLowerCase(), SIZE)
}

function added(text: string, units: ReadonlyMap<string, number>): number | undefined {
  if (text.length > 32 || !/^(\d+(\.\d+)?[A-Za-z]+)+$/.test(text)) return undefined
  let sum = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)([A-Za-z]+)/g)) {
    const scale = units.get(unit!)
    if (scale === undefined) return undefined
    sum += Number(number) * scale
  }
  return Number.isFinite(sum) ? sum : undefined
}
