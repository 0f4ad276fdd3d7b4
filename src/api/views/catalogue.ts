import { type Overflow, OVERFLOWS, readOverflows } from '../../core/notes.ts'
import { DAY } from '../../core/time.ts'
import { BUILT_IN, DERIVED, OVERFLOW, STORED } from '../../names.ts'
import { iso } from '../../query/calendar.ts'
import { valueOf } from '../../query/filters.ts'
import { unknown } from '../../query/metric.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row } from '../../query/query.ts'
import { LIMITS, type Question } from '../../query/question.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { labelSets } from '../known.ts'
import { type Page, nextByOffset, param, warningOf } from '../page.ts'

const METRIC: Row = {
  id: 'revenue',
  metric: 'revenue',
  type: 'counter',
  unit: 'USD',
  percentiles: true,
  built_in: false,
  help: 'text',
  labels: 'country,plan',
  label_values: 'country=de|us;plan=pro|team',
  overflow_label: 'user_id',
  overflow_since: '2026-11-21T14:05:09Z',
}
const LABEL: Row = { id: 'revenue:plan=pro', metric: 'revenue', label: 'plan', value: 'pro' }
const VALUES = 20
const DAYS = 400

interface Known {
  readonly metric: string
  readonly type: string
  readonly unit: string
  readonly percentiles: boolean
  readonly help: string
  /** The stored metric whose labels it has. */
  readonly of: string
}

/** Every metric: kind, unit, labels and up to 20 values of each. */
export async function metrics(ask: Ask, reader: Reader): Promise<Page> {
  const question = parseList(ask, reader, [])
  await reader.dictionary.refresh(ask.now)
  const all = known(reader).filter(({ metric }) => question.metrics.length === 0 || question.metrics.includes(metric))
  const values = await valuesOf(all, reader, ask.now)
  const whole = Object.values(reader.kept).every((age) => age <= DAYS * DAY)
  const overflows = readOverflows(await reader.driver.get(OVERFLOWS))
  const zone = zoneOf(question.tz)
  // Names outlive what they name by a day or two.
  const left = whole ? all.filter(({ metric, of }) => BUILT_IN.has(metric) || values.has(of)) : all
  const rows = left.map(({ metric, type, unit, percentiles, help, of }): Row => {
    const labels = [...(values.get(of) ?? [])]
    const shown = labels.map(([label, seen]) => `${label}=${[...seen].slice(0, VALUES).join('|')}`)
    const list = { labels: labels.map(([label]) => label).join(','), label_values: shown.join(';') }
    const over = overflowOf(labels, overflows.get(of), zone)
    return { id: metric, metric, type, unit, percentiles, built_in: BUILT_IN.has(metric), help, ...list, ...over }
  })
  return listed(ask, question, rows, METRIC, 'metrics', strangeOf(question.metrics, reader))
}

/** The label with too many values, as long as the store has any that were counted together, and since when that is so. */
function overflowOf(
  labels: readonly (readonly [string, readonly string[]])[],
  known: Overflow | undefined,
  zone: Zone
): Row {
  if (!labels.some(([, values]) => values.includes(OVERFLOW))) return { overflow_label: null, overflow_since: null }
  const [widest] = labels.toSorted(([, a], [, b]) => b.length - a.length)
  return {
    overflow_label: known?.label ?? widest?.[0] ?? null,
    overflow_since: known === undefined ? null : iso(known.since, zone),
  }
}

/** Values of labels: of one label, of one metric, or all. */
export async function labels(ask: Ask, reader: Reader): Promise<Page> {
  const question = parseList(ask, reader, ['label'])
  await reader.dictionary.refresh(ask.now)
  const asked = question.metrics
  const label = param(ask, 'label')
  const all = known(reader)
  const chosen = all.filter(({ metric }) => asked.length === 0 || asked.includes(metric))
  const values = await valuesOf(chosen, reader, ask.now)
  const rows = chosen.flatMap(({ metric, of }) =>
    [...(values.get(of) ?? [])]
      .filter(([name]) => label === undefined || name === label)
      .flatMap(([name, seen]) =>
        [...seen].map((value): Row => ({ id: `${metric}:${name}=${value}`, metric, label: name, value }))
      )
  )
  return listed(ask, question, rows, LABEL, 'labels', strangeOf(asked, reader))
}

function parseList(ask: Ask, reader: Reader, also: readonly string[]): Question {
  const params = ask.params.filter(([name]) => !['format', 'shape', 'order'].includes(name))
  return parse(params, ask.now, { timezone: reader.timezone, needsMetric: false, also })
}

/** A sentence on a metric that is asked for and not known. */
function strangeOf(asked: readonly string[], reader: Reader): string | null {
  const all = known(reader)
  const strange = asked.find((name) => !all.some(({ metric }) => metric === name))
  return strange === undefined ? null : unknown(strange, reader.dictionary)
}

/** What was recorded, and what can be derived from that; built-in metrics are there before their first value. */
function known(reader: Reader): Known[] {
  const found = new Map<string, Known>()
  for (const { name, kind, unit, buckets, help } of Object.values(STORED)) {
    found.set(name, { metric: name, type: kind, unit, percentiles: buckets, help, of: name })
  }
  for (const { name, unit, help, of, ratio, usual } of DERIVED) {
    const type = usual !== undefined ? 'histogram' : ratio ? 'gauge' : 'counter'
    found.set(name, { metric: name, type, unit, percentiles: usual !== undefined, help, of })
  }
  for (const { metric, kind, unit, buckets } of reader.dictionary.metrics()) {
    if (!found.has(metric)) found.set(metric, { metric, type: kind, unit, percentiles: buckets, help: '', of: metric })
  }
  return [...found.values()].sort((a, b) => (a.metric < b.metric ? -1 : 1))
}

/** By stored metric, of which there is anything, and label: the values in order. */
async function valuesOf(
  chosen: readonly Known[],
  reader: Reader,
  now: number
): Promise<Map<string, Map<string, string[]>>> {
  const stored = [...new Set(chosen.map(({ of }) => of))]
  const values = new Map<string, Map<string, string[]>>()
  for (const [metric, sets] of await labelSets(stored, reader, now, DAYS)) {
    if (sets.size === 0) continue
    const seen = new Map<string, Set<string>>()
    for (const labelSet of sets) {
      const status = labelSet.has('status') ? ['status_class'] : []
      for (const label of [...labelSet.keys(), ...status]) {
        const value = valueOf(labelSet, label)
        if (value !== undefined) seen.set(label, (seen.get(label) ?? new Set()).add(value))
      }
    }
    const sorted = [...seen].sort(([a], [b]) => (a < b ? -1 : 1))
    values.set(metric, new Map(sorted.map(([label, all]) => [label, [...all].sort()])))
  }
  return values
}

function listed(ask: Ask, question: Question, all: Row[], sample: Row, name: string, warning: string | null): Page {
  const rows = question.sample ? [sample] : all
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const page = rows.slice(offset, offset + limit)
  const next = offset + limit < rows.length ? nextByOffset(ask, offset + limit, limit) : null
  const envelope = {
    row_count: page.length,
    total_rows: rows.length,
    next,
    warning: warningOf(...question.warnings, warning),
  }
  return { envelope, rows: page, next, total: rows.length, name, ids: false, keys: Object.keys(sample) }
}
