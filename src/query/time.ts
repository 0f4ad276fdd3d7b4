import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { after, floor, shift } from './calendar.ts'
import type { Moment, Unit } from './question.ts'
import type { Zone } from './zone.ts'

/** Which end of a range: rounding (`/d`) goes down for the first and up for the last. */
export type Edge = 'from' | 'to'

/** Nothing is asked for before 1970 or after 9998: what is left is what Date and Intl can take with days to spare. */
const LATEST = Date.UTC(9999, 0)
const UNIT = 'mo|[smhdwqy]'
const DURATION = new RegExp(`^(?:\\d{1,6}(?:${UNIT}))+$`, 'i')
const PART = new RegExp(`(\\d{1,6})(${UNIT})`, 'gi')
const DATETIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+ -]\d{2}(?::?\d{2})?)?)?$/i

/** Understands one `from` or `to`; MetricsError `bad_time` for what is none. */
export function parseTime(text: string, edge: Edge, now: number, zone: Zone): Moment {
  const given = text.trim()
  const slash = given.lastIndexOf('/')
  const body = slash < 0 ? given : given.slice(0, slash).trim()
  const unit = slash < 0 ? undefined : unitOf(given.slice(slash + 1).trim())
  const moment = (slash >= 0 && unit === undefined) || unit === 's' ? undefined : base(body, now, zone)
  if (moment === undefined || !(moment.at >= 0 && moment.at < LATEST)) throw badTime(text, edge, moment)
  return unit === undefined || moment.kind === 'all' ? moment : rounded(moment, unit, edge, zone)
}

function base(text: string, now: number, zone: Zone): Moment | undefined {
  const word = text.toLowerCase()
  if (word === 'now' || word === '') return { at: now, kind: 'relative' }
  if (word === 'all') return { at: 0, kind: 'all' }
  if (word === 'today' || word === 'yesterday') {
    const noon = word === 'today' ? now : shift(now, -1, 'd', zone)
    return { at: floor(noon, width('d'), zone), kind: 'anchored', unit: 'd' }
  }
  if (/^\d{10}$/.test(text)) return { at: Number(text) * 1000, kind: 'absolute' }
  if (/^\d{13}$/.test(text)) return { at: Number(text), kind: 'absolute' }
  return text.length > 64 ? undefined : (ago(text, now, zone) ?? datetime(text, zone))
}

/** `24h`, `-24h`, `now-24h`, `1h30m`: so much before now. */
function ago(text: string, now: number, zone: Zone): Moment | undefined {
  const duration = text.replace(/^now\s*-|^-/i, '').trim()
  if (!DURATION.test(duration)) return undefined
  let at = now
  for (const [, count, unit] of duration.matchAll(PART)) at = shift(at, -Number(count), unitOf(unit!)!, zone)
  return { at, kind: 'relative' }
}

function datetime(text: string, zone: Zone): Moment | undefined {
  const match = DATETIME.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, offset] = match
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const whole = new Date(date).toISOString().slice(0, 10) === `${year}-${month}-${day}`
  const [h, m, s] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)]
  if (!whole || h > 24 || m > 59 || s > 60 || (h === 24 && m + s > 0)) return undefined
  const local = date + h * HOUR + m * MINUTE + s * 1000 + Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  if (offset === undefined) return { at: zone.instant(local), kind: 'absolute' }
  const ahead = offsetOf(offset)
  return ahead === undefined ? undefined : { at: local - ahead, kind: 'absolute' }
}

/** `Z`, `+01:00`, `-0330`, `+01`; a plus that was not escaped arrives as a space. */
function offsetOf(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0
  const digits = text.slice(1).replace(':', '')
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2) || 0)]
  if (hours > 18 || minutes > 59) return undefined
  return (text.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE)
}

function rounded(moment: Moment, unit: Unit, edge: Edge, zone: Zone): Moment {
  const start = floor(moment.at, width(unit), zone)
  const at = edge === 'to' ? after(start, width(unit), zone) : start
  return moment.kind === 'absolute' ? { at, kind: 'absolute' } : { at, kind: 'anchored', unit }
}

/** A unit as people write it: M and mo are months, m minutes; the rest in either case. */
function unitOf(text: string): Unit | undefined {
  if (text === 'M') return 'M'
  const lower = text.toLowerCase()
  if (lower === 'mo') return 'M'
  if (lower === 'q') return 'Q'
  return /^[smhdwy]$/.test(lower) ? (lower as Unit) : undefined
}

function width(unit: Unit): { name: string; unit: Unit; count: number } {
  return { name: unit, unit, count: 1 }
}

function badTime(text: string, edge: Edge, moment: Moment | undefined): MetricsError {
  const shown = text.length > 64 ? `${text.slice(0, 64)}…` : text
  if (moment !== undefined) {
    const hint = edge === 'from' ? 'Try from=all.' : 'Try to=now.'
    return new MetricsError('bad_time', `${edge}=${shown} is out of range.`, { parameter: edge, hint })
  }
  return new MetricsError('bad_time', `${edge}=${shown} is not a time.`, { parameter: edge, hint: suggest(text, edge) })
}

/** What was probably meant: the number with the first letter of its unit. */
function suggest(text: string, edge: Edge): string {
  const match = /^-?(?:now-)?(\d{1,6})\s*(mo|[a-z])[a-z]*$/i.exec(text.trim())
  const unit = match === null ? undefined : unitOf(match[2]!)
  const example = unit === undefined ? (edge === 'from' ? '24h' : 'now') : `${match![1]}${unit}`
  return `Try ${edge}=${example}. Units: s m h d w M y (m = minute, M = month).`
}

/** Whether the clock of `zone` shows midnight. */
export function isMidnight(at: number, zone: Zone): boolean {
  return zone.local(at) % DAY === 0
}
