import type { Tier } from '../core/tiers.ts'

/** The percentiles that can be asked for. */
export const PERCENTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const
export type Percentile = keyof typeof PERCENTILES

/** What can be read out of merged points. `ratio` is what derived ratios have, and they have nothing else. */
export type Aggregate = 'sum' | 'count' | 'avg' | 'min' | 'max' | 'last' | 'rate' | 'unique' | 'ratio' | Percentile

/** Whether it is read from buckets. */
export function isPercentile(aggregate: string): aggregate is Percentile {
  return Object.hasOwn(PERCENTILES, aggregate)
}

/** A unit of the calendar or of the clock. */
export type Unit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'Q' | 'y'

/** The width of time buckets: `count` of a unit (more than one only for minutes and hours), and how it is called in answers. */
export interface Width {
  readonly name: string
  readonly unit: Unit
  readonly count: number
}

/** A moment as it was asked for. */
export interface Moment {
  /** Unix ms. */
  readonly at: number
  /** `relative` moves with now; `anchored` is now rounded to the calendar (`now/d`, `today`); `all` is the oldest data. */
  readonly kind: 'relative' | 'anchored' | 'absolute' | 'all'
  /** The calendar unit of an anchored moment. */
  readonly unit?: Unit
}

/** One condition on one label: any of `values` (with `*` for any run of characters), or none of them. */
export interface Filter {
  readonly label: string
  readonly values: readonly string[]
  readonly not: boolean
  /** Came as a bare parameter that is no built-in label: counts only if the metric has such a label. */
  readonly maybe?: boolean
}

export type Fill = 'zero' | 'null' | 'none' | 'previous'
export type Order = 'time' | '-time' | 'value' | '-value' | 'label'
export type Shape = 'envelope' | 'rows' | 'wide'
export type Format = 'json' | 'csv' | 'ndjson' | 'prometheus' | 'sqlite'
export type Per = 'second' | 'minute' | 'hour' | 'day'
export type Compare = 'previous' | '1d' | '7d' | '1M' | '1y'

/** Everything that a call of `query` asks, understood but not yet answered. */
export interface Question {
  readonly metrics: readonly string[]
  readonly from: Moment
  readonly to: Moment
  /** `auto` chooses by the range; null is one row for the whole range. */
  readonly bucket: Width | 'auto' | null
  /** Labels to group by, at most three. */
  readonly labels: readonly string[]
  /** Empty: what is usual for the kind of the metric. */
  readonly aggregates: readonly Aggregate[]
  readonly filters: readonly Filter[]
  readonly per: Per
  readonly tz: string
  readonly fill: Fill | null
  readonly compare: Compare | null
  /** null: 20, or all if a limit is given. */
  readonly top: number | null
  readonly order: Order | null
  /** null: 1,000. */
  readonly limit: number | null
  readonly offset: number
  /** 1-based; null where offset counts. */
  readonly page: number | null
  readonly shape: Shape
  readonly format: Format | null
  readonly strict: boolean
  readonly sample: boolean
  /** Parameters that look like misspelt ones. */
  readonly warnings: readonly string[]
}

/** How long each tier is kept, ms. */
export type Kept = Readonly<Record<Tier, number>>

/** The most that one question may ask for. */
export const LIMITS = {
  metrics: 8,
  labels: 3,
  buckets: 1_500,
  rows: 10_000,
  page: 1_000,
  top: 20,
  /** Points that one answer may hold, plain ones and ones with histograms, and bytes of sketches. */
  points: 250_000,
  histograms: 50_000,
  sketches: 100_000_000,
  /** Characters of all parameters together. */
  parameters: 10_240,
  /** Milliseconds that one answer may take. */
  time: 5_000,
} as const
