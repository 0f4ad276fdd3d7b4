import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, MINUTE } from '../../src/core/time.ts'
import { parse } from '../../src/query/parse.ts'
import { run } from '../../src/query/query.ts'
import { ask, worldWith, values, QUEUE, JOBS } from './asking.ts'
import { failures, NOW, sales } from './shop.ts'

test('a metric that nobody recorded is an empty answer with the nearest name, or 404 if strict', async () => {
  const { envelope, rows } = await ask('metric=revnue&group_by=day')
  assert.deepEqual(rows, [])
  assert.equal(envelope['warning'], 'No metric called revnue has been recorded yet. Did you mean revenue?')
  assert.deepEqual([envelope['row_count'], envelope['total_rows'], envelope['interval']], [0, 0, 'day'])
  await assert.rejects(ask('metric=revnue&strict=1'), { code: 'not_found', parameter: 'metric' })
})

test('a built-in metric without data has rows of zeros or nulls', async () => {
  assert.deepEqual(values(await ask('metric=http_requests&from=3h&group_by=hour', [])), [0, 0, 0])
  assert.deepEqual(values(await ask('metric=http_latency_ms&from=3h&group_by=hour', [])), [null, null, null])
  assert.deepEqual(values(await ask('metric=http_requests', [])), [0])
  assert.deepEqual(values(await ask('metric=http_error_rate', [])), [null])
})

test('a gauge is averaged by bucket and its last value without one', async () => {
  const at = (minutes: number, value: number) => ({ metric: QUEUE, labels: {}, value, at: NOW - minutes * MINUTE })
  const depth = [at(70, 10), at(65, 20), at(10, 3), at(5, 7)]
  assert.deepEqual(values(await ask('metric=queue_depth&from=2h&group_by=hour', depth)), [15, 5])
  assert.deepEqual(values(await ask('metric=queue_depth&from=2h', depth)), [7])
  assert.deepEqual(values(await ask('metric=queue_depth&from=2h&agg=max,min,avg', depth), 'avg'), [10])
})

test('an aggregate that a kind cannot have is refused with the reason', async () => {
  const jobs = [
    { metric: JOBS, labels: {}, value: 1, at: NOW - MINUTE },
    { metric: QUEUE, labels: {}, value: 1, at: NOW - MINUTE },
  ]
  const refused: Record<string, RegExp> = {
    'metric=jobs_done&agg=p95': /needs a histogram/,
    'metric=queue_depth&agg=rate': /for what is counted/,
    'metric=http_error_rate&agg=avg': /would mean nothing/,
    'metric=http_requests&agg=unique': /metrics\.unique\(\)/,
    'metric=http_latency_ms&agg=last': /not kept/,
    'metric=jobs_done&agg=ratio': /for ratios/,
    'metric=jobs_done,queue_depth&agg=p50': /needs a histogram/,
  }
  for (const [query, message] of Object.entries(refused)) {
    await assert.rejects(ask(query, jobs), { code: 'bad_agg', parameter: 'agg', message }, query)
  }
})

test('several metrics stand in one answer, bucket by bucket, each with what it can have', async () => {
  const { envelope, rows } = await ask(
    'metric=http_requests,http_error_rate,http_latency_ms&from=2h&group_by=hour&agg=sum,p95',
    failures()
  )
  assert.deepEqual(values({ rows }, 'metric'), [
    'http_requests',
    'http_error_rate',
    'http_latency_ms',
    'http_requests',
    'http_error_rate',
    'http_latency_ms',
  ])
  assert.deepEqual(
    [envelope['metric'], envelope['unit'], envelope['agg']],
    ['http_requests,http_error_rate,http_latency_ms', 'requests,percent,ms', 'sum,p95,ratio']
  )
  assert.deepEqual(rows[0], {
    id: 'http_requests:1795338000',
    time: '2026-11-22T09:00:00Z',
    ts: 1795338000000,
    label: '2026-11-22 09:00',
    metric: 'http_requests',
    value: 198,
    sum: 198,
    p95: null,
    ratio: null,
    errors: null,
    count: 1,
    partial: false,
  })
  assert.deepEqual([rows[4]!['value'], rows[4]!['errors'], rows[4]!['count']], [2.11, 2, 95])
})

test('errors are the requests with a status of 5xx', async () => {
  assert.deepEqual(values(await ask('metric=http_errors&from=4h&group_by=hour', failures())), [3, 0, 0, 2])
  const { rows } = await ask('metric=http_requests&from=4h&group_by=status_class', failures())
  assert.deepEqual(
    rows.map((row) => [row['status_class'], row['value']]),
    [
      ['2xx', 435],
      ['4xx', 93],
      ['5xx', 5],
    ]
  )
})

test('filters choose series: values, wildcards, not', async () => {
  const total = async (filter: string) => (await ask(`metric=http_requests&from=1h&${filter}`)).envelope['total']
  assert.equal(await total('endpoint=/feed,/checkout'), 9522)
  assert.equal(await total('endpoint=/small/*'), 311)
  assert.equal(await total('endpoint=!/small/*,/feed'), 18613)
  assert.equal(await total('method=POST&status_class=2xx'), 402)
  assert.equal(await total('method=PUT'), 0)
})

test('a parameter that is no label of the metric is ignored: caches are kept away so', async () => {
  assert.deepEqual([(await ask('metric=revenue&from=7d&t=123456')).envelope['total']], [615])
  const { envelope } = await ask('metric=signups&from=30d&plan=pro')
  assert.deepEqual([envelope['total'], envelope['warning']], [36, null])
  assert.equal((await ask('metric=revenue&from=7d&plan=pro')).envelope['total'], 147)
})

test('labels that a metric does not have are named in a warning', async () => {
  const { envelope, rows } = await ask('metric=revenue&from=7d&group_by=planet')
  assert.equal(envelope['warning'], 'revenue has no label planet in this range; it has: plan.')
  assert.deepEqual(rows, [{ id: 'revenue:planet=', metric: 'revenue', planet: null, value: 615, share_percent: 100 }])
  assert.match(String((await ask('metric=revenue&endpoint=/x')).envelope['warning']), /no label endpoint/)
  assert.match(String((await ask('metric=revenue&gruop_by=day')).envelope['warning']), /did you mean group_by/)
})

test('what would be too much is refused with a way out', async () => {
  await assert.rejects(ask('metric=revenue&from=35d&group_by=15m'), { code: 'too_large', hint: /Try group_by=1h/ })
  const many = Array.from({ length: 3000 }, (_, i) => ({
    metric: JOBS,
    labels: { user: `u${i}` },
    value: 1,
    at: NOW - (i % 700) * MINUTE,
  }))
  await assert.rejects(ask('metric=jobs_done&from=12h&group_by=minute,user&top=1000', many), { code: 'too_large' })
})

test('a question can be withdrawn, and takes no longer than it may', async () => {
  const world = await worldWith(
    Array.from({ length: 100 }, () => sales()[0]!).map((each, i) => ({ ...each, at: NOW - i * MINUTE }))
  )
  const question = parse([['metric', 'revenue']], NOW, { timezone: 'UTC' })
  await assert.rejects(run(question, world.reader, NOW, { signal: AbortSignal.abort() }), { code: 'busy' })
  await assert.rejects(run(question, world.reader, NOW, { time: -1 }), { code: 'busy' })
})

test('a metric that another process has recorded meanwhile is found', async () => {
  const world = await worldWith(sales())
  assert.equal((await world.ask('metric=jobs_done', NOW)).rows.length, 0)
  await world.put('two', [{ metric: JOBS, labels: { queue: 'mail' }, value: 1, at: NOW - MINUTE }])
  assert.equal((await world.ask('metric=jobs_done&group_by=queue', NOW + 1500)).rows[0]!['queue'], 'mail')
})

test('sums are exact, and no number has more than six decimals', async () => {
  const cents = Array.from({ length: 1000 }, (_, i) => ({
    metric: JOBS,
    labels: {},
    value: 0.1,
    at: NOW - DAY / 2 + i,
  }))
  assert.equal((await ask('metric=jobs_done', cents)).envelope['total'], 100)
  const thirds = [1, 1, 2].map((value) => ({ metric: JOBS, labels: {}, value, at: NOW - MINUTE }))
  assert.equal((await ask('metric=jobs_done&agg=avg', thirds)).envelope['total'], 1.333333)
})
