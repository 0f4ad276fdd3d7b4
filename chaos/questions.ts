import type { Store } from '../src/storage/store.ts'

/** One row of an answer. */
export type Row = Readonly<Record<string, string | number | boolean | null>>

const METRICS: readonly (readonly [metric: string, labels: readonly string[], aggs: readonly string[]])[] = [
  ['money', ['batch'], ['sum', 'count', 'min', 'max', 'avg', 'p95']],
  ['orders', ['batch'], ['sum', 'count', 'max', 'last']],
  ['http_requests', ['endpoint', 'status'], ['count']],
  ['http_request_duration', ['endpoint'], ['count', 'max', 'p50']],
]
const STEPS = ['', '15m', 'hour', 'day', 'month']

/** Fifty questions or so, whose answers no sealing may change. */
export function questions(from: string): string[] {
  const asked: string[] = []
  for (const [metric, labels, aggs] of METRICS)
    for (const agg of aggs) {
      for (const step of STEPS) asked.push(ask(metric, agg, from, step === '' ? [] : [step]))
      for (const label of labels) asked.push(ask(metric, agg, from, [label]))
    }
  return asked
}

/** The parameters of one question. */
export function ask(metric: string, agg: string, from: string, groups: readonly string[]): string {
  const grouped = groups.length === 0 ? {} : { group_by: groups.join(',') }
  return new URLSearchParams({ metric, agg, from, ...grouped, top: '1000', fill: 'none', limit: '10000' }).toString()
}

/** Rows, and whether the answer says that something is missing. */
export interface Told {
  readonly rows: readonly Row[]
  readonly incomplete: boolean
}

/** Asks a store as the API does. Throws when it does not answer with 200. */
export async function answerOf(store: Pick<Store, 'answer'>, query: string, now: number): Promise<Told> {
  const params = [...new URLSearchParams(query)]
  const asked = { route: 'query', params, url: '', accept: 'application/json', now, facts: {} }
  const { status, body, fault } = await store.answer(asked)
  const text = Buffer.from(body).toString()
  if (status !== 200) throw new Error(`${query} was answered with ${status}: ${text} ${fault ?? ''}`)
  const answer = JSON.parse(text) as { data: readonly Row[]; data_incomplete?: boolean; total: unknown }
  const total = { total: (answer.total ?? null) as number | null }
  return { rows: [...answer.data, total], incomplete: answer.data_incomplete === true }
}
