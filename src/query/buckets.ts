import { DAY, HOUR, MINUTE } from '../core/time.ts'
import type { Tier } from '../core/tiers.ts'
import { TIERS, WIDTH } from '../core/tiers.ts'
import { MetricsError } from '../errors.ts'
import { after, floor } from './calendar.ts'
import type { Spans } from './folding.ts'
import { AUTO } from './grouping.ts'
import { type Kept, LIMITS, type Unit, type Width } from './question.ts'
import type { Zone } from './zone.ts'

/** `auto` takes the first width that gives no more buckets than this. */
const AUTO_BUCKETS = 200
const NOMINAL: Readonly<Record<Unit, number>> = {
  s: 1000,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
  M: 30.4375 * DAY,
  Q: 91.3125 * DAY,
  y: 365.25 * DAY,
}

/** About how long a bucket is, ms. */
export function nominal(width: Width): number {
  return width.count * NOMINAL[width.unit]
}

/** The finest tier that is still kept at `at`. */
export function finest(at: number, now: number, kept: Kept): Tier {
  return TIERS.find((tier) => at >= now - kept[tier]) ?? '1d'
}

/** `at` moved down to where a window of a tier starts; days are those of the store's zone. */
export function align(at: number, tier: Tier, home: Zone): number {
  return tier === '1d' ? floor(at, DAY_WIDTH, home) : Math.floor(at / WIDTH[tier]) * WIDTH[tier]
}

/** Where the window of a tier that starts at `start` ends. */
export function following(start: number, tier: Tier, home: Zone): number {
  return tier === '1d' ? after(start, DAY_WIDTH, home) : start + WIDTH[tier]
}

const DAY_WIDTH: Width = { name: 'day', unit: 'd', count: 1 }

/** Whether buckets of a width can be put together from windows of a tier (in zones whose offset the tier divides). */
export function holds(width: Width, tier: Tier): boolean {
  return nominal(width) >= DAY || (tier !== '1d' && nominal(width) % WIDTH[tier] === 0)
}

/** The narrowest width at or above the one asked for that a tier can give. */
export function widened(width: Width | 'auto', tier: Tier, span: number): Width {
  const least = width === 'auto' ? span / AUTO_BUCKETS : nominal(width)
  if (width !== 'auto' && holds(width, tier)) return width
  const choices = width === 'auto' ? AUTO : WIDER
  return choices.find((each) => nominal(each) >= least && holds(each, tier)) ?? choices.at(-1)!
}

const WIDER: readonly Width[] = [
  { name: '15m', unit: 'm', count: 15 },
  { name: '30m', unit: 'm', count: 30 },
  { name: 'hour', unit: 'h', count: 1 },
  DAY_WIDTH,
]

/** Buckets from `from` (a bucket's start) up to the one that `end` cuts; `ends` are their full ends. */
export function buckets(from: number, end: number, width: Width, zone: Zone): Spans {
  const starts: number[] = []
  const ends: number[] = []
  for (let start = from; start < end; start = ends.at(-1)!) {
    if (starts.length >= LIMITS.buckets) throw tooMany(width, Math.ceil((end - from) / nominal(width)))
    starts.push(start)
    ends.push(after(start, width, zone))
  }
  return { starts, ends }
}

function tooMany(width: Width, count: number): MetricsError {
  const fits = AUTO.find(
    (each) => nominal(each) > nominal(width) && (count * nominal(width)) / nominal(each) < LIMITS.buckets
  )
  return new MetricsError('too_large', `group_by=${width.name} gives about ${count} rows of time.`, {
    parameter: 'group_by',
    hint: `At most ${LIMITS.buckets} fit. Try group_by=${fits?.name ?? 'auto'} or a shorter range.`,
  })
}
