import type { Point } from '../core/point.ts'
import { MetricsError } from '../errors.ts'
import type { Shown } from './metric.ts'
import { fourDigits, rounded, short } from './number.ts'
import { type Aggregate, type Fill, isPercentile, type Per, PERCENTILES } from './question.ts'
import { refusal } from './refusal.ts'

/** Seconds of what a rate is given per. */
const SECONDS: Readonly<Record<Per, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 }
const PER_UNIT: Readonly<Record<Per, string>> = { second: 's', minute: 'min', hour: 'h', day: 'day' }
/** Where nothing came it is zero, and a group has a share of the whole; shares of different ones overlap. */
const COUNTED: ReadonlySet<Aggregate> = new Set(['sum', 'count', 'rate', 'unique'] as const)

/** The merged points of one group and span: of the metric, or of what its condition lets through and what it does not. */
export interface Pair {
  readonly first: Point | undefined
  readonly rest: Point | undefined
}

/** One aggregate of merged points; null where nothing was recorded. `seconds` have really elapsed. */
export function read(pair: Pair, aggregate: Aggregate, metric: Shown, seconds: number, per: Per): number | null {
  if (aggregate === 'ratio') return ratio(pair)
  const point = pair.first
  if (point === undefined || point.count === 0) return null
  if (isPercentile(aggregate)) return percentile(point, PERCENTILES[aggregate], metric.factor)
  const show = (value: number): number | null => rounded(value * metric.factor, decimalsOf(metric))
  switch (aggregate) {
    case 'sum':
      return show(point.total)
    case 'count':
      return point.count
    case 'avg':
      return show(point.total / point.count)
    case 'min':
      return show(point.min)
    case 'max':
      return show(point.max)
    case 'last':
      return point.at < 0 ? null : show(point.last)
    case 'unique':
      return point.sketch?.estimate ?? null
    case 'rate':
      return rate((point.total * metric.factor * SECONDS[per]) / seconds)
  }
}

/** What is kept in billionths, as money is, is shown so: a call may cost less than a millionth of a dollar. */
function decimalsOf(metric: Shown): number {
  return metric.factor < 1e-6 ? 9 : 6
}

/** Errors and all, as counts. */
export function parts(pair: Pair): { errors: number; count: number } {
  const errors = pair.first?.total ?? 0
  return { errors, count: errors + (pair.rest?.total ?? 0) }
}

function ratio(pair: Pair): number | null {
  const { errors, count } = parts(pair)
  return count === 0 ? null : short((errors / count) * 100)
}

function rate(value: number): number | null {
  return Math.abs(value) >= 1 ? short(value) : rounded(value)
}

/** Four digits, for more would pretend: a bucket is 1 % wide. The smallest and the largest value are known exactly. */
function percentile(point: Point, q: number, factor: number): number | null {
  const value = point.quantile(q)
  const exact = value === point.min || value === point.max
  const digits = exact ? value : Math.min(Math.max(fourDigits(value), point.min), point.max)
  return rounded(digits * factor)
}

/** What an empty bucket shows: what was counted and did not happen is zero, what was not measured is null. */
export function filling(aggregate: Aggregate, fill: Fill | null): Fill {
  return fill ?? (COUNTED.has(aggregate) ? 'zero' : 'null')
}

export function isCounted(aggregate: Aggregate): boolean {
  return COUNTED.has(aggregate)
}

/**
 * What is read of a metric for these aggregates asked: the usual one if none. For what it cannot have: MetricsError
 * `bad_agg`, or with `lenient` those that it can have, else the usual one.
 */
export function aggregatesOf(
  metric: Shown,
  asked: readonly Aggregate[],
  bucketed: boolean,
  lenient: boolean
): readonly Aggregate[] {
  const can = lenient ? asked.filter((each) => refusal(metric, each) === null) : asked
  if (can.length === 0) return [usual(metric, bucketed)]
  if (lenient) return can
  for (const aggregate of asked) {
    const why = refusal(metric, aggregate)
    if (why === null) continue
    const others = ALL.filter((each) => refusal(metric, each) === null)
    throw new MetricsError('bad_agg', why, { parameter: 'agg', hint: `${metric.name} has: ${others.join(', ')}.` })
  }
  return asked
}

const ALL: readonly Aggregate[] = [
  ...(['sum', 'count', 'avg', 'min', 'max', 'last', 'rate', 'unique', 'ratio'] as const),
  ...(['p50', 'p75', 'p90', 'p95', 'p99'] as const),
]

function usual(metric: Shown, bucketed: boolean): Aggregate {
  if (metric.usual !== undefined) return metric.usual
  if (metric.kind === 'counter') return 'sum'
  if (metric.kind === 'ratio' || metric.kind === 'unique') return metric.kind
  return metric.kind === 'gauge' && !bucketed ? 'last' : 'avg'
}

/** The unit of an aggregate of a metric. */
export function unitOf(metric: Shown, aggregate: Aggregate, per: Per): string {
  if (aggregate === 'rate') return `${metric.unit}/${PER_UNIT[per]}`
  return aggregate === 'count' ? 'count' : metric.unit
}
