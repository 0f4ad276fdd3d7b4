import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { MetricsError } from '../errors.ts'

/** How far apart offsets are probed: no zone has changed its clocks twice within a week, Morocco's Ramadan included. */
const WEEK = 7 * DAY
/** Date ends at 8.64e15 ms. */
const FAR = 8.6e15
/** Two centuries of weeks. */
const KEPT_PROBES = 10_000
/** Zones kept with their probes; more than anybody asks for, fewer than somebody could send. */
const KEPT_ZONES = 64

/** An IANA zone: offsets and local times, from Intl alone, with few calls of it. */
export class Zone {
  readonly name: string
  /** Written as Z. */
  readonly utc: boolean
  readonly #format: Intl.DateTimeFormat | undefined
  /** By number of the week since 1970: the offset at its start. */
  readonly #probes = new Map<number, number>()
  /** By number of the week: when the clocks changed in it. */
  readonly #changes = new Map<number, number>()

  /** Use `zoneOf`, which remembers. Throws a RangeError for a name that Intl does not know. */
  constructor(name: string) {
    // The first formatter of a process costs 20 ms and more.
    this.utc = /^(?:etc\/)?(?:utc|gmt)$/i.test(name)
    this.name = /^utc$/i.test(name) ? 'UTC' : name
    this.#format = this.utc ? undefined : new Intl.DateTimeFormat('en-US', { timeZone: name, ...PARTS })
  }

  /** Local time minus UTC at this moment, in ms. */
  offset(at: number): number {
    if (this.#format === undefined || !(Math.abs(at) < FAR)) return 0
    const week = Math.floor(at / WEEK)
    const before = this.#probe(week)
    const after = this.#probe(week + 1)
    return before === after ? before : at < this.#change(week, after) ? before : after
  }

  /** Local time as if it were UTC, in ms: for Date's UTC methods. */
  local(at: number): number {
    return at + this.offset(at)
  }

  /** The first moment at which clocks show `local` or, where they skip it, something later. */
  instant(local: number): number {
    if (this.#format === undefined) return local
    const before = this.offset(local - 1.5 * DAY)
    const after = this.offset(local + 1.5 * DAY)
    if (before === after) return local - before
    if (this.offset(local - before) === before) return local - before
    if (this.offset(local - after) === after) return local - after
    return this.changeIn(local - Math.max(before, after), local - Math.min(before, after)) ?? local - before
  }

  /** When the clocks change in from < t ≤ to (at most a few days), if they do. */
  changeIn(from: number, to: number): number | undefined {
    const offset = this.offset(from)
    if (this.offset(to) === offset) return undefined
    return firstWith(from, to, (at) => this.offset(at) !== offset)
  }

  /** Whether clocks show the local time of `at` a second time. */
  repeats(at: number): boolean {
    const offset = this.offset(at)
    return [-3 * HOUR, 3 * HOUR].some((away) => {
      const other = this.offset(at + away)
      return other !== offset && this.offset(at + offset - other) === other
    })
  }

  #probe(week: number): number {
    let offset = this.#probes.get(week)
    if (offset === undefined) {
      if (this.#probes.size >= KEPT_PROBES) this.#probes.clear()
      offset = this.#ask(week * WEEK)
      this.#probes.set(week, offset)
    }
    return offset
  }

  #change(week: number, after: number): number {
    let change = this.#changes.get(week)
    if (change === undefined) {
      change = firstWith(week * WEEK, (week + 1) * WEEK, (at) => this.#ask(at) === after)
      this.#changes.set(week, change)
    }
    return change
  }

  #ask(at: number): number {
    const parts: Record<string, number> = {}
    for (const { type, value } of this.#format!.formatToParts(at)) parts[type] = Number(value)
    const local = Date.UTC(
      parts['year'] ?? NaN,
      (parts['month'] ?? NaN) - 1,
      parts['day'],
      parts['hour'],
      parts['minute'],
      parts['second']
    )
    return local - Math.floor(at / 1000) * 1000
  }
}

const PARTS = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const

/** The first whole minute in from < t ≤ to for which `is` holds, given that it holds from some moment on. */
function firstWith(from: number, to: number, is: (at: number) => boolean): number {
  let low = Math.floor(from / MINUTE)
  let high = Math.ceil(to / MINUTE)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (is(middle * MINUTE)) high = middle
    else low = middle
  }
  return high * MINUTE
}

const zones = new Map<string, Zone>()

/** The zone of this name; MetricsError `bad_timezone` when there is none. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known !== undefined) return known
  let zone
  try {
    zone = new Zone(name)
  } catch (cause) {
    throw new MetricsError('bad_timezone', `tz=${name.slice(0, 64)} is not a time zone.`, {
      parameter: 'tz',
      hint: 'Try tz=UTC or an IANA name: tz=Europe/Berlin, tz=America/New_York, tz=Asia/Kolkata.',
      cause,
    })
  }
  if (zones.size >= KEPT_ZONES) zones.clear()
  zones.set(name, zone)
  return zone
}
