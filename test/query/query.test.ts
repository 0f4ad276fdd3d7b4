import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { parse } from '../../src/query/parse.ts'
import { type Result, run } from '../../src/query/query.ts'
import { memory } from '../../src/storage/memory.ts'
import { type Definition, type Observation, World } from '../answers/world.ts'
import { failures, NOW, sales, traffic } from './shop.ts'

const QUEUE: Definition = { name: 'queue_depth', kind: 'gauge', unit: 'count', buckets: false }
const JOBS: Definition = { name: 'jobs_done', kind: 'counter', unit: 'count', buckets: false }

async function worldWith(observations: readonly Observation[]): Promise<World> {
  const driver = memory()
  await driver.open()
  const world = new World(driver)
  await world.put('one', observations)
  return world
}

async function ask(query: string, observations: readonly Observation[] = [...sales(), ...traffic()]): Promise<Result> {
  return (await worldWith(observations)).ask(query, NOW)
}

const values = (result: Result, key: string = 'value') => result.rows.map((row) => row[key])

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

test('the keys of rows depend on the parameters, not on the data', async () => {
  for (const query of [
    'metric=revenue&group_by=day,plan&compare=7d',
    'metric=revenue&group_by=plan&agg=p50,p95',
    'metric=revenue&agg=rate&group_by=hour&from=2d',
  ]) {
    const some = await ask(query)
    const invented = await ask(`${query}&sample=1`, [])
    assert.ok(some.rows.length > 0)
    for (const row of some.rows) assert.deepEqual(Object.keys(row), Object.keys(invented.rows[0]!), query)
  }
})

test('a sample has every field filled, on an empty store and for any metric', async () => {
  for (const query of [
    'metric=none&group_by=day,plan&compare=previous&agg=p95,count',
    'metric=http_error_rate&group_by=hour',
    'metric=revenue&shape=wide&group_by=day,plan',
    'metric=x,y',
  ]) {
    const { envelope, rows } = await ask(`${query}&sample=1`, [])
    assert.ok(rows.length > 0)
    for (const [key, value] of [...Object.entries(envelope), ...rows.flatMap((row) => Object.entries(row))]) {
      if (key !== 'next') assert.notEqual(value, null, `${query}: ${key}`)
    }
  }
})

test('ids are unique within an answer', async () => {
  for (const query of [
    'metric=revenue&from=7d&group_by=hour,plan',
    'metric=http_requests,revenue&group_by=day',
    'metric=http_requests&group_by=endpoint&top=3&from=1h',
  ]) {
    const ids = values(await ask(query), 'id')
    assert.equal(new Set(ids).size, ids.length, query)
  }
})

test('gaps are filled as asked', async () => {
  const query = 'metric=revenue&from=3d&group_by=day,plan&plan=pro'
  assert.deepEqual(values(await ask(query)), [0, 49, 0])
  assert.deepEqual(values(await ask(`${query}&fill=null`)), [null, 49, null])
  assert.deepEqual(values(await ask(`${query}&fill=none`)), [49])
  assert.deepEqual(values(await ask(`${query}&fill=previous`)), [null, 49, 49])
  assert.deepEqual(values(await ask(`${query}&agg=avg`)), [null, 49, null])
  assert.deepEqual(values(await ask(`${query}&agg=avg&fill=zero`)), [0, 49, 0])
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
  assert.deepEqual(values({ rows } as Result, 'metric'), [
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

test('labels are paged by rank, and (other) stands on the first page only', async () => {
  const page = async (query: string) => {
    const { rows, next, envelope } = await ask(`metric=http_requests&from=1h&group_by=endpoint&${query}`)
    return [rows.map((row) => row['value']), next, envelope['total_rows']]
  }
  assert.deepEqual(await page('top=3'), [[18211, 9120, 402, 311], 3, 11])
  assert.deepEqual(await page('top=3&offset=3'), [[90, 70, 50], 6, 11])
  assert.deepEqual(await page('top=3&offset=9'), [[10, 1], null, 11])
  assert.deepEqual(await page('top=3&offset=99'), [[], null, 11])
  assert.deepEqual(await page('limit=2&page=2'), [[402, 90], 4, 11])
  assert.deepEqual(await page('top=3&order=value'), [[1, 10, 20, 28013], 3, 11])
  assert.deepEqual(await page('top=2&order=label'), [[9120, 18211, 713], 2, 11])
  assert.deepEqual((await page('limit=3&order=label'))[0], [402, 9120, 90])
})

test('rows by time are paged, ordered, and a page beyond the end is empty', async () => {
  const page = async (query: string) => {
    const { rows, next, envelope } = await ask(`metric=revenue&from=7d&group_by=day&tz=Europe/Berlin&${query}`)
    return [rows.map((row) => row['value']), next, envelope['row_count'], envelope['total_rows']]
  }
  assert.deepEqual(await page('limit=3'), [[76, 225, 27], 3, 3, 7])
  assert.deepEqual(await page('limit=3&page=3'), [[9], null, 1, 7])
  assert.deepEqual(await page('limit=3&offset=9'), [[], null, 0, 7])
  assert.deepEqual((await page('order=-time'))[0], [9, 157, 18, 94, 27, 225, 76])
  assert.deepEqual((await page('order=-value'))[0], [225, 157, 94, 76, 27, 18, 9])
  assert.deepEqual((await page('order=value&limit=2'))[0], [9, 18])
})

test('by time, the largest lines are shown and the rest of each bucket is (other)', async () => {
  const { rows } = await ask('metric=revenue&from=3d&group_by=day,plan&top=1')
  assert.deepEqual(
    rows.map((row) => [row['id'], row['value']]),
    [
      ['revenue:1795132800:plan=team', 0],
      ['revenue:1795132800:(other)', 18],
      ['revenue:1795219200:plan=team', 99],
      ['revenue:1795219200:(other)', 58],
      ['revenue:1795305600:plan=team', 0],
      ['revenue:1795305600:(other)', 9],
    ]
  )
})

test('wide columns have names that every tool can take, and a map to what they show', async () => {
  const { rows, columns } = await ask('metric=http_requests&from=1h&group_by=hour,endpoint&shape=wide&top=2')
  assert.deepEqual(Object.keys(rows[0]!), [
    'id',
    'time',
    'ts',
    'label',
    'feed',
    'users_id',
    'other',
    'total',
    'partial',
  ])
  assert.deepEqual(columns, { feed: '/feed', users_id: '/users/:id', other: '(other)' })
  const status = await ask('metric=http_requests&from=4h&group_by=day,status&shape=wide', failures())
  assert.deepEqual(Object.keys(status.rows[0]!).slice(4), [
    'status_200',
    'status_404',
    'status_500',
    'status_503',
    'total',
    'partial',
  ])
  const plain = await ask('metric=revenue&from=3d&group_by=day&shape=wide&agg=sum,count')
  assert.deepEqual(Object.keys(plain.rows[0]!).slice(4), ['revenue_sum', 'revenue_count', 'total', 'partial'])
})

test('a label called like a column gets a name of its own', async () => {
  const odd = [{ metric: JOBS, labels: { value: 'v', Kind: 'k' }, value: 1, at: NOW - MINUTE }]
  const { rows } = await ask('metric=jobs_done&group_by=label.value,Kind', odd)
  assert.deepEqual(rows, [
    { id: 'jobs_done:value=v:Kind=k', metric: 'jobs_done', label_value: 'v', kind: 'k', value: 1, share_percent: 100 },
  ])
})

test('today so far is compared with yesterday until now', async () => {
  const { envelope } = await ask('metric=revenue&from=today&compare=previous')
  assert.deepEqual([envelope['total'], envelope['previous_total'], envelope['change_percent']], [9, 49, -81.63])
  const week = await ask('metric=revenue&from=7d&compare=previous')
  assert.deepEqual([week.envelope['total'], week.envelope['previous_total']], [615, 0])
  assert.equal(week.envelope['change_percent'], null)
})

test('calendar comparisons take the same day of last week, and lines that are gone show as such', async () => {
  const { rows } = await ask('metric=revenue&from=2d&group_by=day&compare=1d')
  assert.deepEqual(values({ rows } as Result, 'previous'), [18, 49])
  const plans = await ask('metric=revenue&from=today&group_by=plan&compare=1d')
  assert.deepEqual(
    plans.rows.map((row) => [row['plan'], row['value'], row['previous'], row['change_percent']]),
    [
      ['starter', 9, 0, null],
      ['pro', 0, 49, -100],
    ]
  )
})

test('a day of 25 hours is compared with its neighbour as a day', async () => {
  const hourly = Array.from({ length: 60 }, (_, i) => ({
    metric: JOBS,
    labels: {},
    value: 1,
    at: Date.parse('2026-10-23T22:30:00Z') + i * HOUR,
  }))
  const { rows } = await ask(
    'metric=jobs_done&from=2026-10-25&to=2026-10-26&group_by=day&tz=Europe/Berlin&compare=previous',
    hourly
  )
  assert.deepEqual([rows[0]!['value'], rows[0]!['previous']], [25, 24])
})

test('a range that reaches into the future ends with the running bucket', async () => {
  const { envelope, rows } = await ask('metric=revenue&from=today&to=now/d&group_by=hour')
  assert.equal(envelope['to'], '2026-11-23T00:00:00Z')
  assert.deepEqual([rows.length, rows.at(-1)!['partial'], envelope['total']], [11, true, 9])
})

test('a range shorter than its bucket is the bucket that it lies in', async () => {
  const { envelope, rows } = await ask('metric=revenue&from=10m&group_by=hour')
  assert.deepEqual([envelope['from'], rows.length], ['2026-11-22T10:00:00Z', 1])
})

test('a rate is per second that has really passed', async () => {
  const jobs = Array.from({ length: 90 }, (_, i) => ({
    metric: JOBS,
    labels: {},
    value: 2,
    at: NOW - 90 * MINUTE + i * MINUTE,
  }))
  const { rows, envelope } = await ask('metric=jobs_done&from=2h&group_by=hour&agg=rate&per=minute', jobs)
  assert.deepEqual(
    rows.map((row) => row['value']),
    [2, 2]
  )
  assert.deepEqual([envelope['unit'], envelope['total']], ['count/min', 2])
})

test('auto chooses the first width that gives no more than 200 buckets', async () => {
  const widths: Record<string, string> = {
    '1h': '1m',
    '6h': '5m',
    '24h': '15m',
    '7d': '1h',
    '30d': '6h',
    '90d': '1d',
    '1y': '1w',
  }
  for (const [from, width] of Object.entries(widths)) {
    assert.equal((await ask(`metric=revenue&from=${from}&group_by=auto`)).envelope['interval'], width, from)
  }
})

test('all begins with the oldest data', async () => {
  const world = await worldWith(sales())
  assert.equal((await world.ask('metric=revenue&from=all&group_by=day', NOW)).envelope['from'], '2026-10-23T00:00:00Z')
  await world.seal(NOW)
  const { envelope } = await world.ask('metric=revenue&from=all&group_by=month', NOW)
  assert.deepEqual([envelope['from'], envelope['total']], ['2026-10-01T00:00:00Z', 3691])
  assert.equal((await ask('metric=http_requests&from=all', [])).envelope['total'], 0)
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
