import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { DAY } from '../../src/core/time.ts'
import { Metrics, type Query } from '../../src/index.ts'
import { LIMITS } from '../../src/query/question.ts'
import { memory, MemoryStore } from '../../src/storage/memory.ts'

type Limits = { -readonly [K in keyof typeof LIMITS]: number }

function setUp(t: TestContext) {
  const store = new MemoryStore()
  const options = { release: 'v1', maxSeriesPerMetric: 5, log: () => undefined, labels: { service: 'shop' } }
  const metrics = new Metrics({ storage: memory({ store }), ...options })
  t.after(() => metrics.close())
  const ask = (query: Partial<Query>) => metrics.query({ metric: 'revenue', from: '1h', top: 100, ...query })
  return { store, metrics, ask }
}

/** 60 payments by 20 users on two plans, the first five users before the limit is reached. */
function pay(metrics: Metrics): void {
  for (let i = 0; i < 60; i++) {
    const coupon = i >= 40 ? { coupon: `c${i % 2}` } : {}
    metrics.track('revenue', i / 10, { user_id: `u${i % 20}`, plan: i % 2 === 0 ? 'pro' : 'team', ...coupon })
  }
}

/** What user n paid: n, n + 20 and n + 40 tenths. */
const paid = (user: number): number => Math.round(3 * user + 60) / 10

test('each value of a label that overflowed is told apart, exactly, and the answer says so', async (t) => {
  const { metrics, ask } = setUp(t)
  pay(metrics)
  const { rows, total, warning, total_rows } = await ask({ groupBy: 'user_id', agg: ['sum', 'count', 'max', 'p50'] })
  assert.deepEqual([total, total_rows], [177, 20])
  for (const row of rows) {
    const user = Number(String(row['user_id']).slice(1))
    assert.deepEqual([row['value'], row['count'], row['max']], [paid(user), 3, (user + 40) / 10])
    assert.ok(Math.abs(Number(row['p50']) - (user + 20) / 10) < 0.03)
  }
  assert.match(warning ?? '', /exact, from single events/)
})

test('so are other labels of the same metric, those that came later among them, and filters see all of them', async (t) => {
  const { metrics, ask } = setUp(t)
  pay(metrics)
  const plans = await ask({ groupBy: 'plan' })
  assert.deepEqual(
    plans.rows.map(({ plan, value }) => [plan, value]),
    [
      ['team', 90],
      ['pro', 87],
    ]
  )
  const coupons = await ask({ groupBy: 'coupon', agg: 'count', order: 'label' })
  assert.deepEqual(
    coupons.rows.map(({ coupon, value }) => [coupon, value]),
    [
      [null, 40],
      ['c0', 10],
      ['c1', 10],
    ]
  )
  assert.equal((await ask({ where: { user_id: 'u17' } })).total, paid(17))
  assert.equal((await ask({ where: { user_id: ['u17', 'u3'], service: 'shop' } })).total, paid(17) + paid(3))
  assert.equal(
    (await ask({ where: { user_id: '!u17' }, groupBy: 'plan' })).total,
    Math.round(1770 - paid(17) * 10) / 10
  )
  assert.equal((await ask({ where: { user_id: 'nobody' } })).total, 0)
})

test('by time, wide, compared: wherever groups stand', async (t) => {
  const { metrics, ask } = setUp(t)
  pay(metrics)
  const byTime = await ask({ groupBy: ['hour', 'user_id'], from: '2h' })
  assert.equal(byTime.total, 177)
  assert.equal(byTime.rows.filter(({ value }) => value !== 0).length, 20)
  const compared = await ask({ groupBy: 'user_id', compare: 'previous' })
  assert.deepEqual([compared.total, compared.previous_total, compared.row_count], [177, 0, 20])
  const top = await ask({ groupBy: 'user_id', top: 3 })
  assert.deepEqual(
    top.rows.map(({ user_id: user, value }) => [user, value]),
    [
      ['u19', paid(19)],
      ['u18', paid(18)],
      ['u17', paid(17)],
      ['(other)', Math.round(1770 - (paid(19) + paid(18) + paid(17)) * 10) / 10],
    ]
  )
})

test('without an overflow, without labels, or of several metrics, points are asked', async (t) => {
  const { metrics, ask, store } = setUp(t)
  pay(metrics)
  for (let i = 0; i < 9; i++) metrics.track('few', 1, { plan: `p${i % 3}` })
  await metrics.flush()
  store.events = []
  assert.deepEqual([(await ask({})).total, (await ask({})).warning], [177, null])
  const few = await ask({ metric: 'few', groupBy: 'plan' })
  assert.deepEqual([few.row_count, few.warning], [3, null])
  assert.equal((await ask({ metric: ['revenue', 'few'], groupBy: 'plan' })).warning, null)
})

test('what counts without events stays one row, and the answer says why', async (t) => {
  const { metrics, ask } = setUp(t)
  for (let i = 0; i < 20; i++) metrics.counter('jobs').add(1, { user_id: `u${i}` })
  const { rows, total, warning } = await ask({ metric: 'jobs', groupBy: 'user_id' })
  assert.equal(total, 20)
  assert.deepEqual([rows[0]?.['user_id'], rows[0]?.['value']], ['__overflow__', 15])
  assert.match(warning ?? '', /__overflow__ stands for the rest/)
})

test('a range that reaches further back than events are kept is answered from points, and says how far it may', async (t) => {
  const { metrics, ask } = setUp(t)
  pay(metrics)
  const { rows, total, warning } = await ask({ groupBy: 'user_id', from: '7d' })
  assert.equal(total, 177)
  assert.ok(rows.some((row) => row['user_id'] === '__overflow__'))
  assert.match(warning ?? '', /single events are kept/)
})

test('where single events are missing or sampled the rows are estimates, and the total is right all the same', async (t) => {
  const { metrics, ask, store } = setUp(t)
  pay(metrics)
  await metrics.flush()
  store.events = store.events.filter(({ id }) => id % 2 === 0)
  const missing = await ask({ groupBy: 'user_id' })
  assert.deepEqual([missing.total, missing.row_count < 20], [177, true])
  assert.match(missing.warning ?? '', /estimated/)
  store.events = store.events.map((event) => ({ ...event, weight: event.kind === 'track' ? 2 : 1 }))
  const sampled = await ask({ groupBy: 'plan', agg: ['count', 'sum'] })
  assert.equal(sampled.total, 60)
  assert.match(sampled.warning ?? '', /estimated/)
  const counts = sampled.rows.map(({ count }) => Number(count))
  assert.equal(
    counts.reduce((a, b) => a + b, 0),
    60
  )
})

test('events of another time do not come in', async (t) => {
  const { metrics, ask, store } = setUp(t)
  pay(metrics)
  await metrics.flush()
  const [event] = store.events
  for (const time of [event!.time - DAY, event!.time + DAY]) {
    store.events = [
      ...store.events,
      { ...event!, id: ++store.lastId, time, kind: 'track', name: 'revenue', value: 1e6 },
    ]
  }
  const { warning, rows } = await ask({ groupBy: 'user_id' })
  assert.match(warning ?? '', /exact/)
  assert.equal(rows.length, 20)
})

test('more groups than an answer may hold leave it to points', async (t) => {
  const { metrics, ask } = setUp(t)
  for (let i = 0; i < 50; i++) metrics.track('revenue', 1, { user_id: `u${i}` })
  const most = (LIMITS as Limits).points
  t.after(() => ((LIMITS as Limits).points = most))
  await metrics.flush()
  ;(LIMITS as Limits).points = 20
  const { rows, warning } = await ask({ groupBy: 'user_id' })
  assert.ok(rows.some((row) => row['user_id'] === '__overflow__'))
  assert.match(warning ?? '', /stands for the rest/)
})
