import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { STORED } from '../../src/names.ts'
import { Seed, NOW, ask, json, text, tracked } from './seed.ts'

const revenue = tracked('revenue', 'USD')
const signups = tracked('signups')

/** The shop of the worked examples, as far as they show it. */
async function shop(): Promise<Seed> {
  const seed = new Seed()
  for (let i = 0; i < 1_145; i++) seed.event({ kind: 'deploy', name: 'v1', time: NOW - 30 * HOUR })
  seed.value(revenue, 99, Date.UTC(2026, 10, 21, 12, 10), { plan: 'team' })
  seed.track(revenue, 9, Date.UTC(2026, 10, 21, 20, 15, 20), { plan: 'starter' })
  seed.track(revenue, 9, Date.UTC(2026, 10, 22, 5, 23, 3), { plan: 'starter' })
  for (let i = 0; i < 7; i++) seed.value(signups, 1, Date.UTC(2026, 10, 21, 14, i))
  for (let i = 0; i < 3; i++) seed.value(signups, 1, Date.UTC(2026, 10, 22, 3, i))
  seed.value(signups, 1, Date.UTC(2026, 10, 22, 10, 2, 41))
  return seed.put()
}

test('example 14: events newest first, with a column for each label', async () => {
  const reader = (await shop()).reader()
  const answer = await ask(reader, '/metrics/events?metric=revenue&limit=1')
  assert.equal(
    answer.headers.link,
    '<https://app.example.com/metrics/events?metric=revenue&limit=1&before_id=1147>; rel="next"'
  )
  const body = await json(reader, '/metrics/events?metric=revenue&limit=2')
  assert.deepEqual(body, {
    metric: 'revenue',
    order: '-id',
    row_count: 2,
    total_rows: null,
    next: null,
    newest_id: 1147,
    warning: null,
    data: [
      { id: 1147, time: '2026-11-22T05:23:03Z', ts: 1795324983000, metric: 'revenue', value: 9, plan: 'starter' },
      { id: 1146, time: '2026-11-21T20:15:20Z', ts: 1795292120000, metric: 'revenue', value: 9, plan: 'starter' },
    ],
  })
  assert.deepEqual(Object.keys(body), [
    'metric',
    'order',
    'row_count',
    'total_rows',
    'next',
    'newest_id',
    'warning',
    'data',
  ])
})

test('example 15: the snapshot', async () => {
  const seed = await shop()
  seed.request('GET', '/users/:id', 200, 12, NOW - 10 * MINUTE, 970)
  seed.request('GET', '/users/:id', 500, 12, NOW - 10 * MINUTE, 10)
  seed.request('GET', '/users/:id', 404, 20, NOW - 30 * SECOND, 15)
  seed.request('GET', '/users/:id', 499, 0, NOW - 30 * SECOND, 5)
  seed.request('GET', '/old', 500, 5_000, NOW - 61 * MINUTE, 5)
  await seed.put()
  const facts = {
    app: 'shop',
    instance: 'web-1',
    uptime_seconds: 86412,
    active_requests: 3,
    cpu_percent: 14.2,
    memory_mb: 182.4,
    event_loop_p99_ms: 2.1,
    memory_percent: 35.6,
    disk_percent: 48.9,
    storage_mode: 'disk',
    dropped: 2,
  }
  const body = await text(seed.reader(), '/metrics', { facts })
  assert.deepEqual(JSON.parse(body), {
    status: 'ok', app: 'shop', instance: 'web-1', time: '2026-11-22T10:30:00Z', ts: 1795343400000, uptime_seconds: 86412,
    window: '1h', requests: 1000, requests_per_minute: 16.67, errors: 10, error_rate_percent: 1, active_requests: 3,
    latency_avg_ms: 12.120603, latency_p50_ms: 12.03, latency_p95_ms: 12.03, latency_p99_ms: 20, cpu_percent: 14.2, memory_mb: 182.4,
    event_loop_p99_ms: 2.1, memory_percent: 35.6, disk_percent: 48.9, llm_cost_today_usd: 0, alerts_firing: 0, instances: 1, storage: 'disk', dropped: 2, faults: 0, row_count: 2, next: null, warning: null,
    data: [
      { id: 'revenue', metric: 'revenue', type: 'counter', unit: 'USD', today: 9, last_24h: 117, last_value: 9, last_time: '2026-11-22T05:23:03Z' },
      { id: 'signups', metric: 'signups', type: 'counter', unit: 'count', today: 4, last_24h: 11, last_value: 1, last_time: '2026-11-22T10:02:41Z' },
    ],
  }) // prettier-ignore
  assert.deepEqual(Object.keys(JSON.parse(body) as object), [
    'status', 'app', 'instance', 'time', 'ts', 'uptime_seconds', 'window', 'requests', 'requests_per_minute', 'errors',
    'error_rate_percent', 'active_requests', 'latency_avg_ms', 'latency_p50_ms', 'latency_p95_ms', 'latency_p99_ms',
    'cpu_percent', 'memory_mb', 'event_loop_p99_ms', 'memory_percent', 'disk_percent', 'llm_cost_today_usd', 'alerts_firing', 'instances', 'storage', 'dropped', 'faults', 'row_count', 'next', 'warning', 'data',
  ]) // prettier-ignore
})

test('example 15: a store in trouble and an empty one have the same keys', async () => {
  const empty = await new Seed().put()
  const full = Object.keys(await json((await shop()).reader(), '/metrics'))
  const body = await json(empty.reader(), '/metrics', { facts: { storage_problem: 'The disk is full.' } })
  assert.deepEqual(Object.keys(body), full)
  assert.deepEqual(
    [body.status, body.warning, body.requests, body.error_rate_percent, body.latency_p95_ms],
    ['warn', 'The disk is full.', 0, null, null]
  )
})

/** Fourteen endpoints in one hour, as example 16 has them. */
async function busy(): Promise<Seed> {
  const seed = new Seed()
  const at = NOW - SECOND
  seed.request('GET', '/slow', 200, 900, at, 4).request('GET', '/report', 200, 700, at, 3)
  seed
    .request('GET', '/users/:id', 200, 15, at, 1819)
    .request('GET', '/users/:id', 404, 15, at, 2)
    .request('GET', '/users/:id', 500, 15, at, 4)
  seed
    .request('GET', '/feed', 200, 9, at, 910)
    .request('GET', '/feed', 404, 9, at, 2)
    .request('GET', '/feed', 499, 0, at, 3)
  for (let i = 0; i < 10; i++) seed.request('POST', `/other/${i}`, 302, 2, at - i, 1)
  return seed.put()
}

test('example 16: endpoints, slowest first, second page', async () => {
  const body = await json((await busy()).reader(), '/metrics/endpoints?from=1h&order=-p95_ms&limit=2&offset=2')
  assert.deepEqual(body, {
    from: '2026-11-22T09:30:00Z', to: '2026-11-22T10:30:00Z', tz: 'UTC', total: 2757, row_count: 2, total_rows: 14,
    next: 'https://app.example.com/metrics/endpoints?from=1h&order=-p95_ms&limit=2&offset=4', warning: null,
    data: [
      { id: 'GET /users/:id', method: 'GET', endpoint: '/users/:id', requests: 1825, requests_per_minute: 30.42, errors: 4, error_rate_percent: 0.22, status_2xx: 1819, status_3xx: 0, status_4xx: 2, status_5xx: 4, aborted: 0, avg_ms: 15, p50_ms: 15, p95_ms: 15, p99_ms: 15, max_ms: 15, blocking_ms: 0, last_time: '2026-11-22T10:29:59Z' },
      { id: 'GET /feed', method: 'GET', endpoint: '/feed', requests: 915, requests_per_minute: 15.25, errors: 0, error_rate_percent: 0, status_2xx: 910, status_3xx: 0, status_4xx: 2, status_5xx: 0, aborted: 3, avg_ms: 9, p50_ms: 9, p95_ms: 9, p99_ms: 9, max_ms: 9, blocking_ms: 0, last_time: '2026-11-22T10:29:59Z' },
    ],
  }) // prettier-ignore
  const [row] = body.data
  assert.deepEqual(Object.keys(row ?? {}).slice(0, 8), [
    'id',
    'method',
    'endpoint',
    'requests',
    'requests_per_minute',
    'errors',
    'error_rate_percent',
    'status_2xx',
  ])
})

/** A month of two models, as example 17 has them. */
async function month(): Promise<Seed> {
  const seed = new Seed()
  const at = NOW - HOUR
  const spent = (provider: string, model: string, nano: number, tokens: Record<string, number>): void => {
    const who = { provider, model, endpoint: '/a' }
    seed.value(STORED.llmCost, nano, at, { ...who, pricing: 'exact' })
    for (const [type, count] of Object.entries(tokens)) seed.value(STORED.llmTokens, count, at, { ...who, type })
  }
  const called = (provider: string, model: string, pricing: string, count: number): void => {
    const labels = { provider, model, endpoint: '/a', status: 'ok', pricing }
    for (let i = 0; i < count; i++) seed.value(STORED.llmCalls, 1, at, labels)
  }
  called('provider-1', 'model-a', 'exact', 4009)
  called('provider-1', 'model-a', 'unpriced', 12)
  called('provider-2', 'model-b', 'exact', 1109)
  spent('provider-1', 'model-a', 29.84e9, { input: 5_199_800, cached: 2_210_400, output: 900_110, reasoning: 30_000 })
  spent('provider-2', 'model-b', 11.43e9, { input: 1_710_200, output: 274_200 })
  return seed.put()
}

test('example 17: costs', async () => {
  const body = await json((await month()).reader(), '/metrics/costs?from=30d&group_by=model')
  const expected = {
    metric: 'llm_cost_usd', unit: 'USD', agg: 'sum', interval: null, tz: 'UTC', from: '2026-10-23T10:30:00Z',
    to: '2026-11-22T10:30:00Z', total: 41.27, previous_total: null, change_percent: null, requests: 5130,
    input_tokens: 9_120_400, output_tokens: 1_204_310, unpriced_requests: 12,
    // What this month has come to on its 22nd day, and goes on to.
    projected_month_usd: 57.75393586,
    row_count: 2, total_rows: 2, next: null, warning: '12 requests used a model without a known price',
    data: [
      { id: 'llm_cost_usd:model=model-a', provider: 'provider-1', model: 'model-a', requests: 4021, input_tokens: 7_410_200, output_tokens: 930_110, cached_tokens: 2_210_400, value: 29.84, share_percent: 72.3, avg_cost_usd: 0.007421 },
      { id: 'llm_cost_usd:model=model-b', provider: 'provider-2', model: 'model-b', requests: 1109, input_tokens: 1_710_200, output_tokens: 274_200, cached_tokens: 0, value: 11.43, share_percent: 27.7, avg_cost_usd: 0.010307 },
    ],
  } // prettier-ignore
  const { data, ...head } = expected
  // What is there besides does not come between keys that belong together, and nothing comes after the rows.
  assert.deepEqual(only(body, expected), Object.entries({ ...head, data: body.data }))
  assert.deepEqual(Object.keys(body).slice(0, 15), Object.keys(expected).slice(0, 15))
  assert.equal(Object.keys(body).at(-1), 'data')
  assert.equal(body.data.length, data.length)
  for (const [at, row] of data.entries()) {
    assert.deepEqual(Object.entries(body.data[at]!).slice(0, Object.keys(row).length), Object.entries(row))
  }
})

/** The entries of an answer that an example has too, in the answer's order. */
function only(body: object, example: object): [string, unknown][] {
  return Object.entries(body).filter(([key]) => Object.hasOwn(example, key))
}

test('example 18: an error that helps', async () => {
  const answer = await ask((await shop()).reader(), '/metrics/query?metric=revenue&from=24hours')
  assert.equal(answer.status, 400)
  assert.deepEqual(JSON.parse(new TextDecoder().decode(answer.body)), {
    error: 'bad_time',
    message: 'from=24hours is not a time.',
    parameter: 'from',
    hint: 'Try from=24h. Units: s m h d w M y (m = minute, M = month).',
    docs: 'https://app.example.com/metrics/docs#time',
  })
})

test('example 19: CSV for a spreadsheet', async () => {
  const seed = new Seed()
  seed.value(revenue, 18, Date.UTC(2026, 10, 20, 8), { plan: 'starter' })
  seed.value(revenue, 9, Date.UTC(2026, 10, 21, 8), { plan: 'starter' })
  seed.value(revenue, 49, Date.UTC(2026, 10, 21, 9), { plan: 'pro' })
  seed.value(revenue, 99, Date.UTC(2026, 10, 21, 9), { plan: 'team' })
  seed.value(revenue, 9, Date.UTC(2026, 10, 22, 9), { plan: 'starter' })
  const reader = (await seed.put()).reader()
  const path = '/metrics/export?metric=revenue&from=3d&group_by=day,plan&shape=wide&format=csv&tz=UTC&token=x'
  assert.equal(
    await text(reader, path),
    [
      'time,label,starter,pro,team,total,partial',
      '2026-11-20 00:00:00,2026-11-20,18,0,0,18,false',
      '2026-11-21 00:00:00,2026-11-21,9,49,99,157,false',
      '2026-11-22 00:00:00,2026-11-22,9,0,0,9,true',
      '',
    ].join('\r\n')
  )
  const { headers } = await ask(reader, path)
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present')
  assert.equal(headers['content-disposition'], 'inline; filename="revenue.csv"')
})
