/** The parts of the JSON answers that the summary shows. */
interface Snapshot {
  readonly requests: number
  readonly error_rate_percent: number | null
  readonly latency_p50_ms: number | null
  readonly latency_p95_ms: number | null
}

interface Rows<Row> {
  readonly from: string
  readonly total: number | null
  readonly data: readonly Row[]
}

interface EndpointRow {
  readonly id: string
  readonly requests: number
  readonly error_rate_percent: number | null
  readonly p50_ms: number | null
  readonly p95_ms: number | null
}

interface ErrorRow {
  readonly count: number
  readonly type: string
  readonly message: string
}

/** What the terminal shows, straight from the API over HTTP. */
export interface Summary {
  readonly now: Snapshot
  readonly slowest: readonly EndpointRow[]
  /** Requests in each of the last minutes, the open one last. */
  readonly minutes: readonly number[]
  readonly perMinute: number
  readonly revenue: Rows<{ readonly plan: string; readonly value: number }>
  readonly signups: number
  readonly failures: readonly ErrorRow[]
}

/** What an earlier run left. */
export interface History {
  readonly since: string
  readonly requests: number
  readonly revenue: number
}

/** Asks the API for one summary. */
export async function askSummary(origin: string): Promise<Summary> {
  const [now, slowest, minutes, revenue, signups, failures] = await Promise.all([
    get<Snapshot>(origin, '/metrics'),
    get<Rows<EndpointRow>>(origin, '/metrics/endpoints?from=1h&order=-p95_ms&limit=6'),
    get<Rows<{ value: number; count: number }>>(
      origin,
      '/metrics/query?metric=http_requests&from=60m&group_by=minute&agg=rate&per=minute'
    ),
    get<Rows<{ plan: string; value: number }>>(origin, '/metrics/query?metric=revenue&from=today&group_by=plan'),
    get<Rows<unknown>>(origin, '/metrics/query?metric=signups&from=today'),
    get<Rows<ErrorRow>>(origin, '/metrics/errors?from=1h&limit=2'),
  ])
  return {
    now,
    slowest: slowest.data,
    minutes: minutes.data.map((row) => row.count),
    perMinute: minutes.data.at(-1)?.value ?? 0,
    revenue,
    signups: signups.total ?? 0,
    failures: failures.data,
  }
}

/** What the file holds from before; undefined when it is new. */
export async function askHistory(origin: string): Promise<History | undefined> {
  const [requests, revenue] = await Promise.all([
    get<Rows<unknown>>(origin, '/metrics/query?metric=http_requests&from=all'),
    get<Rows<unknown>>(origin, '/metrics/query?metric=revenue&from=all'),
  ])
  if (!requests.total) return undefined
  return { since: requests.from, requests: requests.total, revenue: revenue.total ?? 0 }
}

async function get<T>(origin: string, path: string): Promise<T> {
  const answer = await fetch(origin + path, { signal: AbortSignal.timeout(10_000) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${text.slice(0, 200)}`)
  return JSON.parse(text) as T
}

/** The summary as the lines of a screen, without colours. A line that begins with `#` is a heading. */
export function screenLines(summary: Summary, history: History | undefined, clock: string): string[] {
  const { now, slowest, failures } = summary
  return [
    `# last hour        requests   per minute     errors        p50        p95      (${clock} in the shop)`,
    cells(
      '',
      count(now.requests),
      count(summary.perMinute),
      percent(now.error_rate_percent),
      ms(now.latency_p50_ms),
      ms(now.latency_p95_ms)
    ),
    `  each minute      ${bars(summary.minutes)}`,
    '',
    '# slowest endpoints                requests     errors        p50        p95',
    ...slowest.map(
      (row) =>
        `  ${row.id.slice(0, 26).padEnd(26)}${[count(row.requests), percent(row.error_rate_percent), ms(row.p50_ms), ms(row.p95_ms)].map((cell, index) => cell.padStart(index === 0 ? 15 : 11)).join('')}`
    ),
    '',
    '# today',
    `  revenue          ${money(summary.revenue.total)}   ${byPlan(summary)}`,
    `  sign-ups         ${count(summary.signups)}`,
    ...(failures.length > 0 ? ['', '# errors in the last hour'] : []),
    ...failures.map((row) => `  ${`${count(row.count)}×`.padStart(6)}  ${row.type}: ${row.message}`),
    '',
    historyLine(history),
  ]
}

/** The same on one line, for logs and pipes. */
export function plainLine(summary: Summary): string {
  const { now, slowest } = summary
  const first = slowest[0]
  return [
    `requests ${count(now.requests)} (${count(summary.perMinute)}/min)`,
    `errors ${percent(now.error_rate_percent)}`,
    `p50 ${ms(now.latency_p50_ms)}`,
    `p95 ${ms(now.latency_p95_ms)}`,
    ...(first ? [`slowest ${first.id} ${ms(first.p95_ms)}`] : []),
    `revenue today ${money(summary.revenue.total)}${byPlan(summary) && ` (${byPlan(summary)})`}`,
    `sign-ups ${count(summary.signups)}`,
  ].join(' · ')
}

/** Says whether there was an earlier run, and what it left. */
export function historyLine(history: History | undefined): string {
  if (!history) return 'No history yet: a second start will show what this one left.'
  const since = history.since.slice(0, 16).replace('T', ' ')
  return `History since ${since} UTC: ${count(history.requests)} requests, ${money(history.revenue)} revenue.`
}

function byPlan(summary: Summary): string {
  return summary.revenue.data.map((row) => `${row.plan} ${money(row.value)}`).join(', ')
}

function cells(first: string, ...rest: readonly string[]): string {
  const widths = [11, 13, 11, 11, 11]
  return `  ${first.padEnd(14)}${rest.map((cell, index) => cell.padStart(widths[index]!)).join('')}`
}

/** One block for each minute, the tallest is the busiest. */
function bars(minutes: readonly number[]): string {
  const from = minutes.findIndex((value) => value > 0)
  const shown = from < 0 ? [] : minutes.slice(from)
  const most = Math.max(1, ...shown)
  return shown.map((value) => '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((value / most) * 7.99))]).join('')
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function money(value: number | null): string {
  return `$${(value ?? 0).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} %`
}

function ms(value: number | null): string {
  if (value === null) return '–'
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
