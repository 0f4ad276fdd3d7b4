import { DAY, HOUR, MINUTE, SECOND } from '../core/time.ts'
import type { Unit, Width } from './question.ts'
import type { Zone } from './zone.ts'

const FIXED: Readonly<Partial<Record<Unit, number>>> = { s: SECOND, m: MINUTE, h: HOUR }
const MONTHS: Readonly<Partial<Record<Unit, number>>> = { M: 1, Q: 3, y: 12 }
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4

/** `at` moved by `count` units: seconds, minutes and hours by the clock's ticking, all others by the calendar of the zone. */
export function shift(at: number, count: number, unit: Unit, zone: Zone): number {
  const fixed = FIXED[unit]
  if (fixed !== undefined) return at + count * fixed
  const local = zone.local(at)
  const months = MONTHS[unit]
  if (months === undefined) return zone.instant(local + count * (unit === 'w' ? 7 : 1) * DAY)
  const date = new Date(local)
  const month = date.getUTCMonth() + count * months
  // The 31st of a month that has 30 days is its 30th.
  const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const day = Date.UTC(date.getUTCFullYear(), month, Math.min(date.getUTCDate(), last))
  return zone.instant(day + modulo(local, DAY))
}

/** The start of the bucket that holds `at`. */
export function floor(at: number, width: Width, zone: Zone): number {
  const step = stepOf(width)
  if (step === undefined) return zone.instant(localStart(zone.local(at), width.unit))
  if (step <= HOUR) return floorStep(at, step, zone)
  const local = zone.local(at)
  const day = Math.floor(local / DAY) * DAY
  const start = zone.instant(day + Math.floor((local - day) / step) * step)
  // In a repeated hour the clock can show a time that the bucket before has not yet ended with.
  return start <= at ? start : floor(start - 1, width, zone)
}

/** The start of the bucket after the one that starts at `start`. */
export function after(start: number, width: Width, zone: Zone): number {
  const step = stepOf(width)
  if (step !== undefined && step <= HOUR) {
    const end = start + step - modulo(zone.local(start), step)
    return zone.changeIn(start, end) ?? end
  }
  // A start that the clocks skip is shown late, and a day may be left out whole (Samoa 2011): look until it grows.
  for (let local = zone.local(start), tries = 0; ; tries++) {
    local = step === undefined ? localNext(local, width.unit) : (Math.floor(local / step) + 1) * step
    const next = zone.instant(local)
    if (next > start || tries > 3) return next
  }
}

/** The width of buckets that are parts of a day, ms; undefined for days and wider. */
function stepOf(width: Width): number | undefined {
  const fixed = FIXED[width.unit]
  return fixed === undefined ? undefined : fixed * width.count
}

/** Clocks change where a bucket starts or, seldom (Lord Howe), start one: both sides of it have labels of their own. */
function floorStep(at: number, step: number, zone: Zone): number {
  const start = at - modulo(zone.local(at), step)
  return zone.changeIn(start, at) ?? start
}

function localStart(local: number, unit: Unit): number {
  const date = new Date(local)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  switch (unit) {
    case 'y':
      return Date.UTC(year, 0)
    case 'Q':
      return Date.UTC(year, month - (month % 3))
    case 'M':
      return Date.UTC(year, month)
    case 'w':
      return (Math.floor(local / DAY) - modulo(Math.floor(local / DAY) - FIRST_MONDAY, 7)) * DAY
    default:
      return Math.floor(local / DAY) * DAY
  }
}

function localNext(local: number, unit: Unit): number {
  const start = localStart(local, unit)
  if (unit === 'd') return start + DAY
  if (unit === 'w') return start + 7 * DAY
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + (MONTHS[unit] ?? 1))
}

/** `value` mod `by`, never negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

/** RFC 3339 to the second, `Z` in UTC. */
export function iso(at: number, zone: Zone): string {
  const text = localText(at, zone)
  return `${text.slice(0, 10)}T${text.slice(11)}${zone.utc ? 'Z' : offsetText(zone.offset(at))}`
}

/** `2026-11-22 10:00:00` in the zone. */
export function localText(at: number, zone: Zone): string {
  const text = new Date(zone.local(at)).toISOString()
  return `${text.slice(0, -14)} ${text.slice(-13, -5)}`
}

/** `+05:45`. */
export function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** What an axis shows for a bucket: the day, below a day also the time, with the offset where clocks show it twice. */
export function labelOf(start: number, width: Width, zone: Zone): string {
  const text = localText(start, zone)
  if (stepOf(width) === undefined) return text.slice(0, 10)
  return text.slice(0, 16) + (zone.repeats(start) ? ` ${offsetText(zone.offset(start))}` : '')
}
