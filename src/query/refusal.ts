import type { Shown } from './metric.ts'
import { type Aggregate, isPercentile } from './question.ts'

/** Why a metric cannot have an aggregate, or null. */
export function refusal(metric: Shown, aggregate: Aggregate): string | null {
  const is = `${metric.name} is a ${metric.kind}`
  if (metric.kind === 'unique') return refusalOfUnique(is, aggregate)
  if (metric.kind === 'ratio')
    return aggregate === 'ratio' ? null : `${is} of sums: agg=${aggregate} of it would mean nothing.`
  if (aggregate === 'ratio') return `agg=ratio is for ratios: ${is}.`
  if (aggregate === 'unique') return `agg=unique needs a metric made by metrics.unique(): ${is}.`
  if (isPercentile(aggregate) && !metric.buckets) {
    const fix = metric.name.startsWith('http_') ? 'Ask for http_latency_ms.' : 'Record it with track() or histogram().'
    return `agg=${aggregate} needs a histogram: ${is} recorded without one. ${fix}`
  }
  if (aggregate === 'rate' && metric.kind === 'gauge') return `agg=rate is for what is counted: ${is}.`
  if (aggregate === 'last' && metric.kind === 'histogram') return `agg=last is not kept: ${is}.`
  return null
}

/** Different ones have no values, and do not add up over time. */
function refusalOfUnique(is: string, aggregate: Aggregate): string | null {
  if (aggregate === 'unique' || aggregate === 'count') return null
  if (aggregate === 'ratio') return `agg=ratio is for ratios: ${is}.`
  if (aggregate === 'rate') return `agg=rate is for what adds up: ${is}, and the same one may come in each second.`
  return `agg=${aggregate} needs values: ${is}, which keeps only how many different ones there were.`
}
