import { canonical } from '../../src/core/labels.ts'
import type { Row } from '../../src/query/query.ts'
import type { Observation } from './world.ts'

/** A question in the form that the model can answer by going through the raw list. */
export interface Plain {
  readonly metric: string
  readonly agg: 'sum' | 'count' | 'avg' | 'min' | 'max' | 'last' | 'unique' | 'p50' | 'p95'
  readonly bucket: '15m' | 'hour' | 'day' | 'week' | 'month' | null
  readonly labels: readonly string[]
  /** label=value, label=!value */
  readonly filter: readonly [label: string, value: string] | null
  readonly tz: string
}

/** The parameters that ask it. Top is wide open, so that nothing is merged into (other). */
export function paramsOf(plain: Plain, from: string): string {
  const params = new URLSearchParams({
    metric: plain.metric,
    agg: plain.agg,
    from,
    tz: plain.tz,
    top: '1000',
    fill: 'none',
    limit: '10000',
  })
  const groups = [...(plain.bucket === null ? [] : [plain.bucket]), ...plain.labels]
  if (groups.length > 0) params.set('group_by', groups.join(','))
  if (plain.filter !== null) params.set(`label.${plain.filter[0]}`, plain.filter[1])
  return params.toString()
}

/** What every group comes to, by a key that `keyOf` makes of a row, too; computed without boxes, merging or our zones. */
export function answerTo(
  plain: Plain,
  observations: readonly Observation[],
  from: number,
  to: number
): Map<string, number> {
  const groups = new Map<string, Observation[]>()
  for (const each of observations) {
    if (each.metric.name !== plain.metric || each.at < from || each.at >= to || !passes(each, plain)) continue
    const parts = plain.labels.map((label) => each.labels[label] ?? null)
    const key = JSON.stringify([plain.bucket === null ? null : bucketOf(each.at, plain), ...parts])
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return new Map([...groups].map(([key, list]) => [key, aggregate(plain.agg, list)]))
}

/** The same key of a row of an answer. */
export function keyOf(row: Row, plain: Plain): string {
  const time = plain.bucket === null ? null : short(plain) ? String(row['time']).replace('Z', '+00:00') : row['label']
  return JSON.stringify([time, ...plain.labels.map((label) => row[label])])
}

function passes({ labels }: Observation, { filter }: Plain): boolean {
  if (filter === null) return true
  const [label, value] = filter
  return value.startsWith('!') ? (labels[label] ?? '') !== value.slice(1) : labels[label] === value
}

function short(plain: Plain): boolean {
  return plain.bucket === 'hour' || plain.bucket === '15m'
}

/** The bucket's start as the clock of the zone shows it, by Intl's own formatting of the moment itself. */
function bucketOf(at: number, plain: Plain): string {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(plain.tz).formatToParts(at)) parts[type] = value
  const day = `${parts['year']}-${parts['month']}-${parts['day']}`
  if (plain.bucket === 'month') return `${day.slice(0, 7)}-01`
  if (plain.bucket === 'week') {
    const date = new Date(`${day}T00:00:00Z`)
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
    return date.toISOString().slice(0, 10)
  }
  if (plain.bucket === 'day') return day
  const minute = plain.bucket === 'hour' ? 0 : Math.floor(Number(parts['minute']) / 15) * 15
  const offset = parts['timeZoneName'] === 'GMT' ? '+00:00' : parts['timeZoneName']!.slice(3)
  return `${day}T${parts['hour']}:${String(minute).padStart(2, '0')}:00${offset}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      timeZoneName: 'longOffset',
    })
  formats.set(timeZone, format)
  return format
}

function aggregate(agg: Plain['agg'], list: readonly Observation[]): number {
  const values = list.map((each) => each.value)
  const sum = () => values.reduce((a, b) => a + b, 0)
  const sorted = () => values.toSorted((a, b) => a - b)
  switch (agg) {
    case 'sum':
      return sum()
    case 'count':
      return values.length
    case 'avg':
      return sum() / values.length
    case 'min':
      return Math.min(...values)
    case 'max':
      return Math.max(...values)
    case 'unique':
      return new Set(values).size
    case 'last':
      return list[0]!.metric.kind === 'gauge' ? level(list) : latest(list)
    default:
      return sorted()[Math.ceil((agg === 'p50' ? 0.5 : 0.95) * values.length) - 1]!
  }
}

function latest(list: readonly Observation[]): number {
  return list.toSorted((a, b) => b.at - a.at || b.value - a.value)[0]!.value
}

/** A gauge is as high as all its series together. */
function level(list: readonly Observation[]): number {
  const nameOf = ({ labels }: Observation): string => canonical(labels)
  const series = new Set(list.map(nameOf))
  return [...series].reduce((sum, name) => sum + latest(list.filter((one) => nameOf(one) === name)), 0)
}
