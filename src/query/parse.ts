import type { Moment, Question } from './question.ts'

/** What holds where a question says nothing. */
export interface Defaults {
  readonly timezone: string
  /** Parameters of a route that `query` does not have; they are not filters. */
  readonly also?: readonly string[]
  /** False lets `metric` be absent (then `metrics` is empty). */
  readonly needsMetric?: boolean
  /** Instead of 24h. */
  readonly from?: string
}

/** Name and value of each query parameter, decoded, in the order in which they came. */
export type Params = readonly (readonly [string, string])[]

/** Understands the whole grammar; throws nothing but MetricsError with code, parameter and hint. */
export function parse(_params: Params, _now: number, _defaults: Defaults): Question {
  throw new Error('not yet')
}

/** Only `from`, `to` and `tz`: for views that have no other grammar of query. */
export function parseRange(_params: Params, _now: number, _defaults: Defaults): { from: Moment; to: Moment; tz: string } {
  throw new Error('not yet')
}

/** Only `limit`, `offset` and `page` (limit 1 to 10,000, default 1,000). */
export function parsePage(_params: Params): { limit: number; offset: number } {
  throw new Error('not yet')
}
