import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics } from '../../src/index.ts'
import { DAY, HOUR, MINUTE, World } from './world.ts'

const budget = { name: 'models', budget: { usd: 10, per: 'day' as const } }

test('each share of a budget is told once a day, and of several passed at once the highest', async () => {
  const world = new World()
  const process = world.process([budget])
  world.spend(4.9)
  await world.pass(MINUTE)
  assert.deepEqual(process.types, [])
  world.spend(0.1)
  await world.pass(5 * MINUTE)
  assert.deepEqual(
    process.got.map(({ title }) => title),
    ['BUDGET 50 %: models']
  )
  assert.equal(
    process.got[0]?.message,
    '5 USD of 10 USD are spent this day, since 2026-11-22T00:00:00Z. The budget: 10 USD per day.'
  )
  world.spend(7)
  await world.pass(5 * MINUTE)
  assert.deepEqual(
    process.got.map(({ title }) => title),
    ['BUDGET 50 %: models', 'BUDGET 100 %: models']
  )
  world.spend(50)
  await world.pass(HOUR)
  assert.equal(process.got.length, 2)
  assert.equal((await world.view('alerts'))['firing'], 1)
  // The next day begins anew.
  await world.pass(14 * HOUR, undefined, 10 * MINUTE)
  assert.equal((await world.view('alerts'))['firing'], 0)
  world.spend(8)
  await world.pass(MINUTE)
  assert.deepEqual(
    process.got.slice(2).map(({ title }) => title),
    ['BUDGET 80 %: models']
  )
})

test('a restart and another process tell nothing twice', async () => {
  const world = new World()
  const first = world.process([budget])
  const second = world.process([budget])
  world.spend(6)
  await world.pass(MINUTE)
  await first.alerts.end()
  world.kill(first)
  await world.pass(5 * MINUTE)
  assert.equal(first.got.length + second.got.length, 1)
})

test('days are those of the zone', async () => {
  const world = new World('America/New_York')
  const process = world.process([{ name: 'models', budget: { usd: 10, per: 'day' } }])
  // 10:30 UTC is 5:30 in New York: its day began at 5:00 UTC.
  world.clock.jump(Date.UTC(2026, 10, 23, 4, 30))
  world.spend(6)
  await world.pass(MINUTE)
  world.clock.advance(40 * MINUTE)
  world.spend(6)
  await world.pass(MINUTE)
  assert.deepEqual(
    process.got.map(({ startsAt, value }) => [new Date(startsAt!).toISOString(), value]),
    [
      ['2026-11-22T05:00:00.000Z', 6],
      ['2026-11-23T05:00:00.000Z', 6],
    ]
  )
})

test('a budget of an endpoint, a model or a feature counts only what is theirs', async () => {
  const world = new World()
  const process = world.process([
    { name: 'sum', budget: { usd: 1, per: 'month', endpoint: '/sum', at: [1] } },
    { name: 'mini', budget: { usd: 1, per: 'month', model: 'gpt-5-mini*', at: [1] } },
    { name: 'chat', budget: { usd: 1, per: 'month', feature: 'chat', at: [1] } },
  ])
  world.spend(0.9)
  world.spend(0.9, { endpoint: '/chat', feature: 'chat' })
  world.spend(1.2, { endpoint: '/other', model: 'gpt-5-mini-2025' })
  await world.pass(MINUTE)
  assert.deepEqual(
    process.got.map(({ rule }) => rule),
    ['mini']
  )
  world.spend(0.2, { feature: 'chat' })
  await world.pass(MINUTE)
  assert.deepEqual(process.got.map(({ rule }) => rule).sort(), ['chat', 'mini', 'sum'])
})

test('where calls have no price a budget cannot tell, and says so once', async () => {
  const world = new World()
  const process = world.process([budget])
  world.spend(1)
  world.spend(0, { model: 'secret-1' }, 'unpriced')
  world.spend(0, { model: 'secret-1' }, 'unknown')
  await world.pass(10 * MINUTE)
  assert.deepEqual(
    process.got.map(({ title }) => title),
    ['BUDGET UNKNOWN: models']
  )
  assert.match(
    process.got[0]!.message,
    /^Cannot tell: 2 calls have no price this day\. At least 1 USD of 10 USD are spent\./
  )
  const [row] = (await world.view('alerts'))['data'] as Record<string, unknown>[]
  assert.deepEqual(
    [row?.['condition'], row?.['value'], row?.['threshold'], row?.['state']],
    ['cannot_tell', 1, 10, 'ok']
  )
})

test('the guard refuses calls of a budget that is used up, in every process, until the period is over', async () => {
  const world = new World()
  const rules = [budget, { name: 'chat', budget: { usd: 1, per: 'day' as const, feature: 'chat' } }]
  const [first, second] = [world.process(rules), world.process(rules)]
  world.spend(2, { feature: 'chat' })
  await world.pass(2 * MINUTE)
  for (const { alerts } of [first, second]) {
    assert.equal(alerts.usedUp({}), undefined)
    assert.equal(alerts.usedUp({ feature: 'search' }), undefined)
    assert.equal(alerts.usedUp({ feature: 'chat' })?.name, 'chat')
  }
  world.spend(9)
  await world.pass(2 * MINUTE)
  for (const { alerts } of [first, second]) assert.equal(alerts.usedUp({ feature: 'search' })?.name, 'models')
  world.clock.advance(14 * HOUR)
  for (const { alerts } of [first, second]) assert.equal(alerts.usedUp({ feature: 'chat' }), undefined)
})

test('llm.guard throws a clear error', async () => {
  const got: string[] = []
  const metrics = new Metrics(undefined, {
    storage: 'memory://',
    log: () => undefined,
    alerts: {
      every: '100ms',
      notifiers: { me: ({ title }) => got.push(title) },
      rules: [{ name: 'day', budget: { usd: 1, per: 'day', feature: 'chat' } }],
    },
  })
  metrics.llm.guard()
  const call = { provider: 'openai', model: 'gpt-4o', tokens: { input: 1, output: 1 }, duration: 5 }
  metrics.llm.record({ ...call, feature: 'chat', usd: 2 })
  const until = performance.now() + 10_000
  const refused = (): unknown => {
    try {
      metrics.llm.run({ feature: 'chat' }, () => metrics.llm.guard())
      return undefined
    } catch (error) {
      return error
    }
  }
  while (refused() === undefined && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
  const error = refused() as Error & { code: string }
  assert.equal(error.code, 'budget_exceeded')
  assert.match(error.message, /^The budget 'day' is used up: 1 USD per day for feature chat\./)
  metrics.llm.guard({ feature: 'search' })
  assert.throws(() => metrics.llm.guard({ feature: 'chat' }), { code: 'budget_exceeded' })
  await metrics.close()
  assert.deepEqual(got, ['BUDGET 100 %: day'])
})

test('a drop against the windows before is told where it is more than they stray', async () => {
  const world = new World()
  const process = world.process(['orders drops 50% over 10m against previous'], { every: '1m' })
  let minute = 0
  const steady = (): void => world.count('orders', 10 + (minute++ % 3))
  await world.pass(100 * MINUTE, steady, MINUTE)
  assert.deepEqual(process.types, [])
  await world.pass(12 * MINUTE, () => world.count('orders', 1), MINUTE)
  assert.deepEqual(process.types, ['alert.firing'])
  assert.ok(process.got[0]!.value! <= -50)
  assert.match(process.got[0]!.message, /^orders changed by -\d[\d.]* %\./)
})

test('where the windows before stray as much, a drop is nothing', async () => {
  const world = new World()
  const process = world.process(['orders drops 50% over 10m against previous'], { every: '1m' })
  let minute = 0
  const stray = (): void => world.count('orders', [100, 60, 20, 80, 40][Math.floor(minute++ / 10) % 5]!)
  await world.pass(90 * MINUTE, stray, MINUTE)
  const before = process.got.length
  await world.pass(150 * MINUTE, stray, MINUTE)
  assert.equal(process.got.length, before)
})

test('against last week the same hour of earlier weeks counts', async () => {
  const world = new World()
  const usual = (): void => world.count('orders', 100)
  for (let week = 0; week < 3; week++) {
    await world.pass(HOUR, usual, 5 * MINUTE)
    await world.rest(7 * DAY - HOUR)
  }
  const process = world.process(['orders drops 50% over 30m against last week'], { every: '5m' })
  await world.pass(40 * MINUTE, () => world.count('orders', 100), 5 * MINUTE)
  assert.deepEqual(process.types, [])
  await world.pass(30 * MINUTE, () => world.count('orders', 1), 5 * MINUTE)
  assert.deepEqual(process.types, ['alert.firing'])
})

test('a summary of the day before comes once a day, at its hour, in its zone', async () => {
  const world = new World('Europe/Berlin')
  const digest = { at: '08:00' }
  world.requests(100, 200, '/feed', 20)
  world.requests(4, 500, '/pay', 900)
  world.requests(20, 200, '/pay', 900)
  world.count('revenue', 49)
  world.spend(1.5)
  const process = world.process([], { digest, every: '5m' })
  await world.pass(20 * HOUR, undefined, 5 * MINUTE)
  assert.deepEqual(process.types, [])
  await world.pass(2 * HOUR, undefined, 5 * MINUTE)
  assert.deepEqual(process.types, ['digest'])
  const [{ title, message } = { title: '', message: '' }] = process.got
  assert.equal(title, 'DAILY SUMMARY: 2026-11-22')
  const lines = message.split('\n')
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('p95') && !line.startsWith('Slowest') && !line.startsWith('Revenue')),
    ['Requests: 124', 'Errors: 4, 3.23 % of requests', 'Costs of models: 1.5 USD']
  )
  assert.match(message, /^Slowest: \/pay, p95 9\d\d ms$/m)
  assert.match(message, /^Revenue: 49/m)
  world.requests(62, 200)
  await world.pass(24 * HOUR, undefined, 5 * MINUTE)
  assert.deepEqual(process.types, ['digest', 'digest'])
  assert.match(process.got[1]!.message, /^Requests: 62 \(−50 %\)$/m)
})
