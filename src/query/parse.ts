import { isMetricName } from '../core/labels.ts'
import { MetricsError } from '../errors.ts'
import { parseFilters } from './filters.ts'
import { parseGroupBy } from './grouping.ts'
import { isOn, oneOf, type Params, sort, whole } from './params.ts'
import { type Aggregate, LIMITS, type Moment, PERCENTILES, type Per, type Question } from './question.ts'
import { parseTime } from './time.ts'
import { type Zone, zoneOf } from './zone.ts'

export type { Params } from './params.ts'

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

const AGGREGATES: readonly Aggregate[] = [
  ...(['sum', 'count', 'avg', 'min', 'max', 'last', 'rate', 'unique', 'ratio'] as const),
  ...(Object.keys(PERCENTILES) as (keyof typeof PERCENTILES)[]),
]
const INVENTED = 'These values are invented: leave sample out for real ones.'
const PER: Readonly<Record<string, Per>> = { s: 'second', m: 'minute', min: 'minute', h: 'hour', d: 'day' }

/** Understands the whole grammar; throws nothing but MetricsError with code, parameter and hint. */
export function parse(params: Params, now: number, defaults: Defaults): Question {
  const { known, rest, warnings } = sort(params, defaults.also)
  const sample = isOn(known, 'sample')
  const zone = parseZone(known, defaults)
  const { bucket, labels } = parseGroupBy(known.get('group_by') ?? '')
  return {
    metrics: parseMetrics(known.get('metric') ?? '', defaults.needsMetric ?? true),
    ...parseEdges(known, now, zone, defaults),
    bucket,
    labels,
    aggregates: parseAggregates(known.get('agg') ?? ''),
    filters: parseFilters(rest),
    per: parsePer(known),
    tz: zone.name,
    fill: oneOf(known, 'fill', ['zero', 'null', 'none', 'previous'] as const, 'bad_shape') ?? null,
    compare: oneOf(known, 'compare', ['previous', '1d', '7d', '1M', '1y'] as const, 'bad_time') ?? null,
    top: whole(known, 'top', 1, LIMITS.rows),
    order: oneOf(known, 'order', ['time', '-time', 'value', '-value', 'label'] as const, 'bad_shape') ?? null,
    ...parsePaging(known),
    shape: oneOf(known, 'shape', ['envelope', 'rows', 'wide'] as const, 'bad_shape') ?? 'envelope',
    format: oneOf(known, 'format', ['json', 'csv', 'ndjson', 'prometheus', 'sqlite'] as const, 'bad_format') ?? null,
    strict: isOn(known, 'strict'),
    sample,
    warnings: sample ? [...warnings, INVENTED] : warnings,
  }
}

/** Only `from`, `to` and `tz`: for views that do not have all of the grammar. */
export function parseRange(params: Params, now: number, defaults: Defaults): { from: Moment; to: Moment; tz: string } {
  const { known } = sort(params, defaults.also)
  const zone = parseZone(known, defaults)
  return { ...parseEdges(known, now, zone, defaults), tz: zone.name }
}

/** Only `limit`, `offset` and `page` (limit 1 to 10,000, default 1,000). */
export function parsePage(params: Params): { limit: number; offset: number } {
  const { limit, offset, page } = parsePaging(sort(params).known)
  const size = limit ?? LIMITS.page
  return { limit: size, offset: page === null ? offset : (page - 1) * size }
}

function parsePaging(known: ReadonlyMap<string, string>): Pick<Question, 'limit' | 'offset' | 'page'> {
  return {
    limit: whole(known, 'limit', 1, LIMITS.rows),
    offset: whole(known, 'offset', 0, 1e9) ?? 0,
    page: whole(known, 'page', 1, 1e6),
  }
}

function parseZone(known: ReadonlyMap<string, string>, defaults: Defaults): Zone {
  return zoneOf(known.get('tz') ?? defaults.timezone)
}

function parseEdges(
  known: ReadonlyMap<string, string>,
  now: number,
  zone: Zone,
  defaults: Defaults
): { from: Moment; to: Moment } {
  const from = parseTime(known.get('from') ?? defaults.from ?? '24h', 'from', now, zone)
  const end = parseTime(known.get('to') ?? 'now', 'to', now, zone)
  const to: Moment = end.kind === 'all' ? { at: now, kind: 'relative' } : end
  // In its first millisecond nothing of today is over yet.
  const begins = from.kind === 'anchored' && from.at === now && to.kind === 'relative'
  if (from.at < to.at || (begins && from.at === to.at)) return { from, to }
  throw new MetricsError(
    'bad_time',
    `from=${known.get('from') ?? '24h'} is not before to=${known.get('to') ?? 'now'}.`,
    {
      parameter: known.has('from') ? 'from' : 'to',
      hint: 'A range ends just before `to`: for the whole of a day write to=2026-11-22/d.',
    }
  )
}

function parseMetrics(text: string, needed: boolean): string[] {
  const names = [...new Set(words(text))]
  if (names.length === 0 && needed) {
    throw new MetricsError('bad_metric', 'No metric is asked for.', {
      parameter: 'metric',
      hint: 'Try metric=http_requests. The call /metrics/metrics lists all names.',
    })
  }
  const wrong = names.find((name): boolean => !isMetricName(name))
  if (wrong !== undefined) {
    throw new MetricsError('bad_metric', `metric=${wrong.slice(0, 64)} is not a name of a metric.`, {
      parameter: 'metric',
      hint: 'Names are letters, digits and _ . : -, and begin with a letter; several are separated by commas.',
    })
  }
  if (names.length <= LIMITS.metrics) return names
  throw new MetricsError('bad_metric', `${names.length} metrics are asked for at once.`, {
    parameter: 'metric',
    hint: `At most ${LIMITS.metrics} fit in one question.`,
  })
}

function parseAggregates(text: string): Aggregate[] {
  return [...new Set(words(text))].map((word) => {
    const aggregate = AGGREGATES.find((each) => each === word.toLowerCase())
    if (aggregate !== undefined) return aggregate
    throw new MetricsError('bad_agg', `agg=${word.slice(0, 64)} is not known.`, {
      parameter: 'agg',
      hint: `Try one or more of: ${AGGREGATES.filter((each) => each !== 'ratio').join(', ')}.`,
    })
  })
}

function parsePer(known: ReadonlyMap<string, string>): Per {
  const short = PER[known.get('per') ?? '']
  return short ?? oneOf(known, 'per', ['second', 'minute', 'hour', 'day'] as const, 'bad_agg') ?? 'second'
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
