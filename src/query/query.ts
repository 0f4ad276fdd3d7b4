import { MetricsError } from '../errors.ts'
import { union } from './columns.ts'
import { type Earlier, earlier } from './compare.ts'
import { filtersOf, remarks } from './conditions.ts'
import { envelope } from './envelope.ts'
import { gather, type Gathered } from './gather.ts'
import { WHOLE } from '../names.ts'
import { groupOf } from './levels.ts'
import { choose } from './lines.ts'
import { byInstance, imagined, type Shown, shown, unknown } from './metric.ts'
import { oldest } from './oldest.ts'
import { page } from './page.ts'
import { type Aggregate, LIMITS, type Question } from './question.ts'
import { type Frame, layOut, type Range } from './range.ts'
import type { Bounds, Reader } from './reader.ts'
import { aggregatesOf } from './readout.ts'
import type { Result } from './row.ts'
import type { Asked, Line, Table } from './table.ts'
import { zoneOf } from './zone.ts'

export type { Bounds, Reader } from './reader.ts'
export type { Result, Row, Scalar } from './row.ts'

/** Answers a question. Throws a MetricsError for what cannot be answered (400s, `not_found` if strict, `too_large`, `busy`). */
export async function run(question: Question, reader: Reader, now: number, bounds: Bounds = {}): Promise<Result> {
  const { dictionary } = reader
  const frame: Frame = { now, kept: reader.kept, zone: zoneOf(question.tz), home: zoneOf(reader.timezone) }
  await dictionary.find(question.metrics, now)
  const missing = question.sample ? [] : question.metrics.filter((name) => shown(name, dictionary) === undefined)
  if (missing.length > 0 && question.strict) throw notFound(missing[0]!, reader)
  const range = await rangeOf(question, reader, frame)
  const asked = askedOf(question, reader, range)
  const filters = await filtersOf(question, dictionary, now)
  const before = question.compare === null ? null : earlier(question, range, frame)
  const found = await gather({ ...question, filters }, { asked, range, earlier: before, reader, now, bounds })
  const table = tableOf(found, range, asked, before)
  const { rows, total, next, columns } = page(table)
  const warnings = [
    ...missing.map((name) => unknown(name, dictionary)),
    ...remarks(found.question, question, asked, found.now),
    range.warning,
    found.now.warning ?? found.before?.warning ?? null,
  ].filter((each) => each !== null)
  return {
    envelope: envelope(table, { count: rows.length, total }, warnings),
    rows,
    columns,
    next: question.sample && question.offset === 0 && question.page === null ? rows.length : next,
    maxAge: 5,
  }
}

function notFound(name: string, reader: Reader): MetricsError {
  const hint = 'The call /metrics/metrics lists all names.'
  return new MetricsError('not_found', unknown(name, reader.dictionary), { parameter: 'metric', hint })
}

async function rangeOf(question: Question, reader: Reader, frame: Frame): Promise<Range> {
  const { from, to, bucket } = question
  if (from.kind !== 'all') return layOut(from, to, bucket, frame)
  const at = Math.min(await oldest(reader, frame.now), to.at - 1)
  return layOut({ at, kind: 'all' }, to, bucket, frame)
}

/** Requests are kept of whole instances, too: by endpoint and instance they would be too many. */
function ofInstances(metric: Shown, { labels, filters }: Question): Shown {
  const all = [...labels, ...filters.filter(({ maybe }) => maybe !== true).map(({ label }) => label)]
  if (!all.includes('instance') || !Object.hasOwn(WHOLE, metric.of)) return metric
  const whole = byInstance(metric, all)
  if (whole !== undefined) return whole
  const hint = 'Leave out the other labels, or instance; status_class can stay.'
  throw new MetricsError('bad_group_by', `${metric.name} is kept of whole instances only.`, {
    parameter: labels.includes('instance') ? 'group_by' : 'instance',
    hint,
  })
}

/** The metrics that exist, each with the aggregates that it can have; MetricsError `bad_agg` for one that none can have. */
function askedOf(question: Question, reader: Reader, range: Range): Asked[] {
  const asked: Asked[] = []
  const bucketed = range.width !== null
  for (const name of question.metrics) {
    const known = shown(name, reader.dictionary)
    const metric =
      (known && ofInstances(known, question)) ?? (question.sample ? imagined(name, question.aggregates) : undefined)
    if (metric === undefined) continue
    const aggregates = aggregatesOf(metric, question.aggregates, bucketed, question.metrics.length > 1)
    asked.push({ metric, measure: asked.length, aggregates })
  }
  const useless = question.aggregates.find((each) => !asked.some(({ aggregates }) => aggregates.includes(each)))
  if (useless !== undefined && asked.length > 0) aggregatesOf(asked[0]!.metric, [useless], bucketed, false)
  return asked
}

function tableOf(found: Gathered, range: Range, asked: readonly Asked[], before: Earlier | null): Table {
  const { question } = found
  const chosen =
    asked.length === 0
      ? { lines: [], count: 0, next: null }
      : choose(question, asked, found.now, found.before, range.width !== null)
  if (chosen.lines.length * asked.length * range.spans.starts.length > LIMITS.points) {
    throw new MetricsError('too_large', `The answer has more than ${LIMITS.points} rows.`, {
      hint: 'Take a smaller top, wider buckets or a shorter range.',
    })
  }
  return {
    question,
    range,
    zone: zoneOf(question.tz),
    asked,
    columns: columnsOf(question.aggregates, asked),
    lines: chosen.lines,
    lineCount: chosen.count,
    nextLine: chosen.next,
    everything: everything(found),
    earlier: before,
  }
}

/** The aggregates as asked for, then those that stand in where a metric has none of these. */
function columnsOf(aggregates: readonly Aggregate[], asked: readonly Asked[]): readonly Aggregate[] {
  return [...new Set([...aggregates, ...union(asked)])]
}

function everything(found: Gathered): Line {
  const now = groupOf([], found.now.totals ?? found.now.groups)
  const before = groupOf([], found.before?.totals ?? found.before?.groups ?? [])
  return { values: [], other: false, now, before }
}
