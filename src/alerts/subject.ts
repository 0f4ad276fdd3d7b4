import { isMetricName } from '../core/labels.ts'
import { BUILT_IN, DERIVED, STORED } from '../names.ts'
import { near } from '../query/near.ts'
import type { Shown } from '../query/metric.ts'
import { type Aggregate, PERCENTILES } from '../query/question.ts'
import { refusal } from '../query/refusal.ts'
import { refuse, shown } from './refuse.ts'

const AGGREGATES: readonly string[] = 'sum count avg min max last rate unique'
  .split(' ')
  .concat(Object.keys(PERCENTILES))
/** Names that begin so are ours: what is unknown among them is misspelt. */
const OURS = /^(http|llm|health|websocket|gc|event_loop)_/

/**
 * Checks the name of a metric, as far as that can be known before anything is recorded: one that begins like ours, or is
 * nearly called like one of ours, must be one of ours.
 */
export function settleMetric(option: string, value: unknown): string {
  if (!isMetricName(value)) return refuse(option, shown(value), "Give the name of a metric, such as 'http_error_rate'.")
  if (BUILT_IN.has(value)) return value
  const meant = near(value, BUILT_IN, value.length > 8 ? 2 : 1)
  if (!OURS.test(value) && meant === undefined) return value
  const hint = meant ?? near(value, BUILT_IN, Math.floor(value.length / 2))
  return refuse(option, `is '${value}', and there is no such metric`, `Did you mean ${hint ?? 'http_requests'}?`)
}

/** Checks an aggregate, and that a built-in metric has it. */
export function settleAggregate(option: string, value: unknown, metric: string): string | null {
  if (value === undefined) return null
  if (typeof value !== 'string' || !AGGREGATES.includes(value)) {
    return refuse(option, shown(value), `Choose one of: ${AGGREGATES.join(', ')}.`)
  }
  const known = builtIn(metric)
  const why = known === undefined ? null : refusal(known, value as Aggregate)
  if (why !== null) refuse(option, `is '${value}': ${why.replace(/\.$/, '')}`, 'Choose another aggregate, or none.')
  return value
}

/** Whether few values say little: of a ratio or a percentile. */
export function isShaky(metric: string, aggregate: string | null, dividedBy: string | null): boolean {
  const isRatio = DERIVED.some((one) => one.name === metric && one.ratio)
  return isRatio || dividedBy !== null || (aggregate !== null && Object.hasOwn(PERCENTILES, aggregate))
}

/** The unit of a built-in metric; '' where only the data know it. */
export function unitOf(metric: string, dividedBy: string | null): string {
  return dividedBy === null ? (builtIn(metric)?.unit ?? '') : 'percent'
}

function builtIn(metric: string): Shown | undefined {
  const stored = Object.values(STORED).find(({ name }) => name === metric)
  if (stored !== undefined) return { ...stored, of: metric, statusClass: null }
  const derived = DERIVED.find(({ name }) => name === metric)
  if (derived === undefined) return undefined
  const { usual } = derived
  if (usual !== undefined) return { ...builtIn(derived.of)!, name: metric, usual }
  return { ...derived, kind: derived.ratio ? 'ratio' : 'counter', factor: 1, buckets: false }
}
