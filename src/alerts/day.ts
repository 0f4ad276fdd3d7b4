import { floor, localText, shift } from '../query/calendar.ts'
import { change } from '../query/number.ts'
import type { Zone } from '../query/zone.ts'
import type { Ask } from './ask.ts'
import { amount, figure } from './words.ts'

/** Endpoints with fewer requests than this are slow by chance. */
const ENOUGH = 20
const MOST_METRICS = 5
const DAYS = { name: 'day', unit: 'd', count: 1 } as const
const MONEY = /^[A-Z]{3}$/

interface Figure {
  readonly value: number | null
  readonly before: number | null
}

/** The day before `now`'s in a few lines of plain text, compared with the day before that. Rejects with what `ask` does. */
export async function dayBefore(now: number, zone: Zone, ask: Ask): Promise<{ title: string; message: string }> {
  const to = floor(now, DAYS, zone)
  const from = shift(to, -1, 'd', zone)
  const range = [
    ['from', String(from)],
    ['to', String(to)],
    ['tz', zone.name],
  ] as const
  const of = async (metric: string, agg: string | null = 'sum'): Promise<Figure> => {
    const how = agg === null ? [] : [['agg', agg] as const]
    const { total, previous_total } = await ask([...range, ['metric', metric], ['compare', 'previous'], ...how])
    return { value: total, before: previous_total }
  }
  const [requests, errors, rate] = [
    await of('http_requests'),
    await of('http_errors'),
    await of('http_error_rate', null),
  ]
  const p95 = await of('http_latency_ms', 'p95')
  const lines = [
    line('Requests', requests, 'count'),
    `${line('Errors', errors, 'count')}${rate.value === null ? '' : `, ${amount(rate.value, 'percent')} of requests`}`,
    ...(p95.value === null ? [] : [line('p95 latency', p95, 'ms')]),
    ...(await slowest(range, ask)),
    ...(await money(of, ask)),
    ...(await costs(of)),
  ]
  const day = localText(from, zone).slice(0, 10)
  return { title: `DAILY SUMMARY: ${day}`, message: lines.join('\n') }
}

function line(name: string, { value, before }: Figure, unit: string): string {
  const by = change(value ?? 0, before)
  const compared = by === null ? '' : ` (${by >= 0 ? '+' : '−'}${figure(Math.abs(by))} %)`
  return `${name}: ${amount(value ?? 0, unit)}${compared}`
}

type Range = readonly (readonly [string, string])[]

async function slowest(range: Range, ask: Ask): Promise<string[]> {
  const { data } = await ask([
    ...range,
    ['metric', 'http_latency_ms'],
    ['agg', 'p95'],
    ['group_by', 'endpoint'],
    ['limit', '1000'],
  ])
  const rows = data.filter((row) => Number(row['count']) >= ENOUGH && typeof row['value'] === 'number')
  const [first] = rows.toSorted((a, b) => Number(b['value']) - Number(a['value']))
  return first === undefined
    ? []
    : [`Slowest: ${String(first['endpoint'])}, p95 ${amount(Number(first['value']), 'ms')}`]
}

/** What was earned: business metrics in a currency. */
async function money(of: (metric: string) => Promise<Figure>, ask: Ask): Promise<string[]> {
  const { data } = await ask([['limit', '10000']], 'metrics')
  const earned = data.filter(
    (row) => row['built_in'] === false && row['type'] === 'counter' && MONEY.test(String(row['unit']))
  )
  const lines: string[] = []
  for (const { metric, unit } of earned.slice(0, MOST_METRICS)) {
    lines.push(line(title(String(metric)), await of(String(metric)), String(unit)))
  }
  return lines
}

async function costs(of: (metric: string) => Promise<Figure>): Promise<string[]> {
  const named = [
    ['Costs of models', await of('llm_cost_usd')],
    ['Other costs', await of('other_cost_usd')],
  ] as const
  return named
    .filter(([, { value, before }]) => (value ?? 0) !== 0 || (before ?? 0) !== 0)
    .map(([name, one]) => line(name, one, 'USD'))
}

function title(metric: string): string {
  const words = metric.replaceAll(/[_.:-]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
