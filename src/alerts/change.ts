import { DAY, MINUTE } from '../core/time.ts'
import { shift } from '../query/calendar.ts'
import { type Zone, zoneOf } from '../query/zone.ts'
import { type Ask, type Seen, sight } from './ask.ts'
import { keyOf } from './alert.ts'
import type { Condition, Rule } from './rule.ts'

export type Change = Condition & { readonly kind: 'change' }

/** What is usual of a group: the median of earlier windows, and how far they stray from it. */
export interface Usual {
  readonly median: number
  /** A robust standard deviation: of a normal distribution 1.4826 times the median deviation. */
  readonly spread: number
}

const WINDOWS_BEFORE = 8
const WEEKS = 4
const NORMAL = 1.4826
const NORMAL_MEAN = 1.2533
/** Of the windows just before, fewer than this tell nothing. */
const ENOUGH = 3

/** What earlier windows come to, by group; kept for a while, for it changes slowly. */
export class Baselines {
  readonly #kept = new Map<string, { readonly at: number; readonly usual: ReadonlyMap<string, Usual> }>()

  /** Rejects with what `ask` does. */
  async of(rule: Rule, now: number, ask: Ask, tz: string): Promise<ReadonlyMap<string, Usual>> {
    const step = Math.max(MINUTE, Math.min(rule.window / 10, 15 * MINUTE))
    const at = Math.floor(now / step) * step
    const kept = this.#kept.get(rule.name)
    if (kept?.at === at) return kept.usual
    const values = new Map<string, number[]>()
    for (const to of endsOf(rule, at, zoneOf(tz))) {
      const { metric, aggregate, where, groupBy, window } = rule
      const { seen, counted } = await sight({ metric, aggregate, where, groupBy, from: to - window, to }, ask)
      for (const { group, value } of seen) {
        // Nothing counted may mean that nobody was there to count.
        if (value === null || (counted && value === 0)) continue
        const key = keyOf('', group)
        values.set(key, [...(values.get(key) ?? []), value])
      }
    }
    const least = (rule.condition as Change).against === 'week' ? 1 : ENOUGH
    const known = [...values].filter(([, all]) => all.length >= least)
    const usual = new Map(known.map(([key, all]) => [key, usualOf(all)]))
    this.#kept.set(rule.name, { at, usual })
    return usual
  }
}

function endsOf({ window, condition }: Rule, at: number, zone: Zone): number[] {
  if ((condition as Change).against === 'week') {
    return Array.from({ length: WEEKS }, (_, week) => shift(at, -7 * (week + 1), 'd', zone))
  }
  // At most three weeks back, which is kept in quarters of an hour.
  const count = Math.max(1, Math.min(WINDOWS_BEFORE, Math.floor((21 * DAY) / window)))
  return Array.from({ length: count }, (_, place) => at - (place + 1) * window)
}

/** Median and robust deviation: where half of the values or more are the same, of the mean deviation. */
export function usualOf(values: readonly number[]): Usual {
  const median = middle(values)
  const away = values.map((value) => Math.abs(value - median))
  const robust = NORMAL * middle(away)
  return { median, spread: robust > 0 ? robust : NORMAL_MEAN * (away.reduce((sum, one) => sum + one, 0) / away.length) }
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** By how many percent a value differs from what is usual, and whether by more than it usually does; undefined: nobody knows. */
export function changeOf(
  { value }: Seen,
  usual: Usual | undefined,
  { deviations }: Change
): { readonly percent: number; readonly strays: boolean } | undefined {
  if (value === null || usual === undefined || usual.median === 0) return undefined
  const away = value - usual.median
  const percent = (100 * away) / Math.abs(usual.median)
  return { percent, strays: Math.abs(away) >= deviations * usual.spread }
}
