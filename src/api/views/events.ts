import type { KeptEvent } from '../../core/event.ts'
import { BUILT_IN } from '../../names.ts'
import { iso } from '../../query/calendar.ts'
import { meets } from '../../query/filters.ts'
import { unknown } from '../../query/metric.ts'
import { rounded } from '../../query/number.ts'
import type { Reader, Row } from '../../query/query.ts'
import type { Question } from '../../query/question.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { MetricsError } from '../../errors.ts'
import { columnsFor } from '../columns.ts'
import { labelKeys } from '../known.ts'
import { type Page, linkWith, param, warningOf } from '../page.ts'
import { type Scanned, labelsOf, parseTail, scan } from '../tail.ts'
import { CALL, callRow } from './calls.ts'

const OF_METRIC = ['id', 'time', 'ts', 'metric', 'value']
const OF_ALL = ['id', 'time', 'ts', 'kind', 'name', 'value', 'weight', 'labels', 'message']

/**
 * Single events, newest first: of one metric with a column for each label, of calls of models alone with all that is known
 * of them, else of all kinds with the same columns.
 */
export async function events(ask: Ask, reader: Reader): Promise<Page> {
  orderOf(ask)
  const { question, selector, limit, offset } = parseTail(ask, reader, ['kind', 'events', 'name'])
  const [metric, second] = question.metrics
  if (second !== undefined) throw oneMetric()
  if (metric !== undefined) await reader.dictionary.find([metric], ask.now)
  const keys = metric === undefined ? [] : await labelKeys(metric, reader, ask.now)
  const kinds = kindsOf(ask, metric)
  const name = metric ?? param(ask, 'name')
  const chosen = { ...selector, ...(kinds === undefined ? {} : { kinds }), ...(name === undefined ? {} : { name }) }
  const meeting = keeper(question, keys)
  // One a minute from each process would hide all else.
  const keep = kinds === undefined ? (event: KeptEvent) => event.kind !== 'system' && meeting(event) : meeting
  const found = question.sample ? SAMPLED : await scan(reader, chosen, keep, limit, offset)
  const strange = metric === undefined || isKnown(metric, reader) ? null : unknown(metric, reader.dictionary)
  const zone = zoneOf(question.tz)
  const ofCalls = metric === undefined && kinds?.join() === 'llm'
  const one = ofCalls ? callRow : anyRow
  const invented = ofCalls ? CALL : sampleOf(metric, keys)
  const rows = question.sample ? [invented] : rowsOf(found.events, metric, keys, zone, one)
  const next = found.last === null ? null : linkWith(ask, { before_id: String(found.last), offset: null, page: null })
  const envelope = {
    metric: metric ?? null,
    order: '-id',
    row_count: rows.length,
    total_rows: null,
    next,
    newest_id: rows[0]?.id ?? null,
    warning: warningOf(...question.warnings, strange),
  }
  const columns = ofCalls ? Object.keys(CALL) : columnsOf(metric, keys)
  return { envelope, rows, next, total: null, name: metric ?? 'events', ids: true, keys: columns, last: found.last }
}

function columnsOf(metric: string | undefined, keys: readonly string[]): readonly string[] {
  return metric === undefined ? OF_ALL : [...OF_METRIC, ...columnsFor(keys, OF_METRIC).values()]
}

const SAMPLED: Scanned = { events: [], last: null }

/** Polling triggers need the newest first, so there is one order; saying it is allowed. */
function orderOf(ask: Ask): void {
  const order = param(ask, 'order')
  if (order === undefined || order === '-id' || order === '-time') return
  const hint = 'Events come newest first: order=-id. Page on with before_id, poll with since_id.'
  throw new MetricsError('bad_shape', `order=${order.slice(0, 64)} is not known here.`, { parameter: 'order', hint })
}

function kindsOf(ask: Ask, metric: string | undefined): readonly string[] | undefined {
  const kinds = param(ask, 'kind')
  if (kinds === undefined) return metric === undefined ? undefined : ['track']
  const list = kinds.split(',').map((kind) => kind.trim())
  if (list.every((kind) => /^[a-z_]{1,32}$/.test(kind))) return list
  const hint = 'Try kind=track, kind=request, kind=llm, kind=error or kind=deploy.'
  throw new MetricsError('bad_filter', `kind=${kinds.slice(0, 64)} is not known.`, { parameter: 'kind', hint })
}

function keeper(question: Question, keys: readonly string[]): (event: KeptEvent) => boolean {
  const filters = question.filters.filter(({ maybe, label }) => maybe !== true || keys.includes(label))
  return (event) => {
    if (filters.length === 0) return true
    const labels = labelsOf(event)
    return filters.every((filter) => meets(labels, filter))
  }
}

function rowsOf(
  found: readonly KeptEvent[],
  metric: string | undefined,
  keys: readonly string[],
  zone: Zone,
  one: (event: KeptEvent, zone: Zone) => Row
): Row[] {
  if (metric === undefined) return found.map((event) => one(event, zone))
  const columns = columnsFor(keys, OF_METRIC)
  return found.map((event) => {
    // A label may be called like something that every object has.
    const labels = [...columns].map(([key, column]) => [
      column,
      Object.hasOwn(event.labels, key) ? event.labels[key] : null,
    ])
    return { ...stamped(event, zone), metric, value: rounded(event.value), ...Object.fromEntries(labels) }
  })
}

function anyRow(event: KeptEvent, zone: Zone): Row {
  const labels = Object.entries(event.labels).map(([key, value]) => `${key}=${value}`)
  return {
    ...stamped(event, zone),
    kind: event.kind,
    name: event.name,
    value: rounded(event.value),
    weight: event.weight,
    labels: labels.join(' '),
    message: event.fields.message ?? null,
  }
}

function stamped(event: KeptEvent, zone: Zone): { id: number; time: string; ts: number } {
  return { id: event.id, time: iso(event.time, zone), ts: event.time }
}

function sampleOf(metric: string | undefined, keys: readonly string[]): Row {
  const first = { id: 1147, time: '2026-11-22T05:23:03Z', ts: 1795324983000 }
  if (metric === undefined) {
    return { ...first, kind: 'track', name: 'revenue', value: 9, weight: 1, labels: 'plan=starter', message: 'text' }
  }
  const columns = [...columnsFor(keys, OF_METRIC).values()].map((column) => [column, 'text'])
  return { ...first, metric, value: 9, ...Object.fromEntries(columns) }
}

function isKnown(metric: string, reader: Reader): boolean {
  return BUILT_IN.has(metric) || reader.dictionary.metric(metric) !== undefined
}

function oneMetric(): MetricsError {
  const hint = 'Ask for one metric at a time, or leave it out and take kind=track for all of them.'
  return new MetricsError('bad_metric', 'Events have the columns of one metric.', { parameter: 'metric', hint })
}
