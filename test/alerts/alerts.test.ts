import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND, World } from './world.ts'

const depth = { name: 'depth', when: 'depth > 10 over 1m', for: '2m' }

/** A gauge that is set again and again. */
function setting(world: World, value: () => number): () => void {
  return () => world.gauge('depth', value())
}

test('what is over the threshold for less than `for` is not told', async () => {
  const world = new World()
  const process = world.process([depth])
  await world.pass(
    90 * SECOND,
    setting(world, () => 20)
  )
  await world.pass(
    10 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, [])
})

test('what is over it for as long is told once, and once that it is over', async () => {
  const world = new World()
  const process = world.process([depth])
  await world.pass(
    10 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(process.types, ['alert.firing'])
  const [firing] = process.got
  assert.equal(firing?.title, 'FIRING: depth')
  assert.equal(firing?.value, 20)
  assert.equal(firing?.message, 'depth is 20. The rule: depth > 10 over 1m for 2m.')
  await world.pass(
    10 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
  const resolved = process.got[1]!
  assert.equal(resolved.startsAt, firing?.startsAt)
  assert.equal(resolved.alertId, firing?.alertId)
  assert.notEqual(resolved.id, firing?.id)
  assert.ok(resolved.endsAt! - resolved.startsAt! >= 7 * MINUTE)
  assert.match(resolved.message, /^depth is 1\. It fired from 2026-11-22T10:3\d:\d\dZ to .*, \d+ min\./)
})

test('what goes up and down at each evaluation is one alert, over once it has been good for `keepFiring`', async () => {
  const world = new World()
  const process = world.process([{ name: 'depth', when: 'depth > 10 over 1m', keepFiring: '5m' }])
  let tick = 0
  await world.pass(
    10 * MINUTE,
    setting(world, () => (tick++ % 2 === 0 ? 20 : 1))
  )
  assert.deepEqual(process.types, ['alert.firing'])
  await world.pass(
    10 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
})

test('with hysteresis it is over only beyond the other threshold', async () => {
  const world = new World()
  const process = world.process([{ name: 'depth', when: 'depth > 10 over 1m', resolve: 5 }])
  await world.pass(
    MINUTE,
    setting(world, () => 20)
  )
  await world.pass(
    5 * MINUTE,
    setting(world, () => 8)
  )
  assert.deepEqual(process.types, ['alert.firing'])
  await world.pass(
    MINUTE,
    setting(world, () => 5)
  )
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
})

test('what goes on is told again after `repeatEvery`: the same alert, another event', async () => {
  const world = new World()
  const process = world.process([{ ...depth, repeatEvery: '30m' }])
  await world.pass(
    65 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(process.types, ['alert.firing', 'alert.reminder', 'alert.reminder'])
  assert.equal(new Set(process.got.map(({ alertId }) => alertId)).size, 1)
  assert.equal(new Set(process.got.map(({ id }) => id)).size, 3)
})

test('never is never', async () => {
  const world = new World()
  const process = world.process([{ ...depth, window: '5m', repeatEvery: null }], { every: '2m' })
  await world.pass(
    9 * HOUR,
    setting(world, () => 20),
    2 * MINUTE
  )
  assert.deepEqual(process.types, ['alert.firing'])
})

test('one request that fails wakes nobody; twenty do', async () => {
  const world = new World()
  const process = world.process(['http_error_rate > 5 over 5m'])
  world.requests(1, 500)
  await world.pass(2 * MINUTE)
  assert.deepEqual(process.types, [])
  world.requests(19, 500)
  await world.pass(15 * SECOND)
  assert.deepEqual(process.types, ['alert.firing'])
  assert.equal(process.got[0]?.value, 100)
  assert.equal(process.got[0]?.unit, 'percent')
})

for (const [noData, expected] of [
  ['keep', ['alert.firing']],
  ['ok', ['alert.firing', 'alert.resolved']],
  [{ alert: '3m' }, ['alert.firing', 'alert.no_data', 'alert.data']],
] as const) {
  test(`without data, ${JSON.stringify(noData)}: ${expected.join(', ')}`, async () => {
    const world = new World()
    const process = world.process([{ name: 'depth', when: 'depth > 10 over 1m', noData }])
    await world.pass(
      MINUTE,
      setting(world, () => 20)
    )
    await world.pass(10 * MINUTE)
    assert.deepEqual(
      process.types,
      expected.filter((type) => type !== 'alert.data')
    )
    await world.pass(
      MINUTE,
      setting(world, () => 20)
    )
    assert.deepEqual(process.types, noData === 'ok' ? [...expected, 'alert.firing'] : expected)
    if (noData === 'keep' || noData === 'ok') return
    const [firing, none, again] = process.got
    assert.notEqual(none?.alertId, firing?.alertId)
    assert.equal(again?.alertId, none?.alertId)
    assert.equal(none?.title, 'NO DATA: depth')
  })
}

test('a count of nothing is nothing, unless the rule says what no data means', async () => {
  const world = new World()
  const process = world.process([
    { name: 'plain', when: 'orders < 5 over 1m' },
    { name: 'said', when: 'orders < 5 over 1m', noData: 'keep' },
  ])
  await world.pass(2 * MINUTE, () => world.count('orders', 10))
  assert.deepEqual(process.types, [])
  await world.pass(5 * MINUTE)
  assert.deepEqual(
    process.got.map(({ rule, value }) => [rule, value]),
    [['plain', 0]]
  )
})

test('while the data cannot be asked the state is kept and the error counted', async () => {
  const world = new World()
  const process = world.process([depth])
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  const real = world.store
  const failing = { ...bound(real), answer: () => Promise.reject(new Error('the disk is gone')) }
  Object.assign(world, { store: failing })
  Object.assign(real, { answer: failing.answer })
  await world.pass(
    5 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, ['alert.firing'])
  const entry = (await world.book()).rules.get('depth')!
  assert.ok(entry.errors >= 15)
  assert.equal([...entry.groups.values()][0]?.state, 'firing')
  assert.equal(
    process.lines.filter((line) => line.includes("rule 'depth' cannot be evaluated: the disk is gone")).length,
    1
  )
  Reflect.deleteProperty(real, 'answer')
  await world.pass(
    5 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
})

function bound(store: World['store']): World['store'] {
  return {
    get: (key) => store.get(key),
    swap: (...all) => store.swap(...all),
    answer: (ask) => store.answer(ask),
    put: (batch) => store.put(batch),
  }
}

test('a restart while firing tells nothing again, and what is over still knows when it began', async () => {
  const world = new World()
  const first = world.process([depth])
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  await first.alerts.end()
  world.kill(first)
  await world.pass(
    10 * MINUTE,
    setting(world, () => 20)
  )
  const second = world.process([depth])
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(second.types, [])
  await world.pass(
    5 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(second.types, ['alert.resolved'])
  assert.equal(second.got[0]?.startsAt, first.got[0]?.startsAt)
})

test('a restart while pending goes on where it was; a long one does not count', async () => {
  const quick = async (down: number): Promise<number> => {
    const world = new World()
    const first = world.process([{ ...depth, for: '5m' }])
    await world.pass(
      4 * MINUTE,
      setting(world, () => 20)
    )
    await first.alerts.end()
    world.kill(first)
    world.clock.advance(down)
    const second = world.process([{ ...depth, for: '5m' }])
    const began = world.clock.now()
    await world.pass(
      10 * MINUTE,
      setting(world, () => 20)
    )
    assert.deepEqual(second.types, ['alert.firing'])
    return second.got[0]!.time - began
  }
  assert.ok((await quick(10 * SECOND)) <= 75 * SECOND)
  const late = await quick(20 * MINUTE)
  assert.ok(late > 75 * SECOND - 15 * SECOND && late <= 105 * SECOND, String(late))
})

test('a leap of the wall clock fires nothing and resolves nothing', async () => {
  const world = new World()
  const process = world.process([depth, { name: 'gone', when: 'depth absent over 5m' }])
  await world.pass(
    6 * MINUTE,
    setting(world, () => 1)
  )
  world.clock.jump(world.clock.now() + DAY)
  await world.pass(15 * SECOND)
  assert.deepEqual(process.types, [])
  await world.pass(
    2 * MINUTE,
    setting(world, () => 1)
  )
  assert.deepEqual(process.types, [])
})

test('groups are judged each for itself, and those that are well leave nothing behind', async () => {
  const world = new World()
  const process = world.process(['http_error_rate > 5 over 5m by endpoint'])
  world.requests(30, 200, '/fine')
  world.requests(30, 500, '/pay')
  await world.pass(MINUTE)
  assert.deepEqual(
    process.got.map(({ title, group }) => [title, group]),
    [['FIRING: http_error_rate > 5 over 5m by endpoint (endpoint=/pay)', { endpoint: '/pay' }]]
  )
  const entry = [...(await world.book()).rules.values()][0]!
  assert.deepEqual(
    [...entry.groups.values()].map(({ group }) => group),
    [{ endpoint: '/pay' }]
  )
})

test('a group of which nothing is heard for a day fires no longer', async () => {
  const world = new World()
  const rule = { name: 'depth', when: 'depth > 10 over 15m by queue', repeatEvery: null }
  const process = world.process([rule], { every: '10m' })
  world.gauge('depth', 20, { queue: 'mail' })
  await world.pass(23 * HOUR, undefined, 10 * MINUTE)
  assert.deepEqual(process.types, ['alert.firing'])
  await world.pass(2 * HOUR, undefined, 10 * MINUTE)
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
})

test('absence is told once nothing came for the whole window, and that it is over', async () => {
  const world = new World()
  const process = world.process(['orders absent over 5m'])
  await world.pass(4 * MINUTE)
  assert.deepEqual(process.types, [])
  await world.pass(3 * MINUTE)
  assert.deepEqual(process.types, ['alert.firing'])
  world.count('orders', 1)
  await world.pass(MINUTE)
  assert.deepEqual(process.types, ['alert.firing', 'alert.resolved'])
})

test('a ratio is one of sums, in percent', async () => {
  const world = new World()
  const process = world.process(['jobs_failed / jobs > 10 over 5m'])
  world.count('jobs', 100)
  world.count('jobs_failed', 5)
  await world.pass(MINUTE)
  assert.deepEqual(process.types, [])
  world.count('jobs_failed', 20)
  await world.pass(MINUTE)
  assert.deepEqual(
    process.got.map(({ value }) => value),
    [25]
  )
})

test('a rule that nothing was ever recorded for is said once, with what may be meant', async () => {
  const world = new World()
  world.count('orders', 1)
  const process = world.process(['odrers > 5 over 5m'])
  await world.pass(2 * MINUTE)
  assert.equal(process.lines.length, 1)
  assert.match(process.lines[0]!, /No metric called odrers has been recorded yet. Did you mean orders\?/)
})

test('a group of which data are told missing is remembered while it is well', async () => {
  const world = new World()
  const process = world.process([{ name: 'depth', when: 'depth > 10 over 1m by queue', noData: { alert: '2m' } }])
  await world.pass(2 * MINUTE, () => {
    for (const queue of ['mail', 'sms']) world.gauge('depth', 1, { queue })
  })
  await world.pass(6 * MINUTE, () => world.gauge('depth', 1, { queue: 'mail' }))
  assert.deepEqual(
    process.got.map(({ type, group }) => [type, group['queue']]),
    [['alert.no_data', 'sms']]
  )
  await world.pass(MINUTE, () => world.gauge('depth', 1, { queue: 'sms' }))
  assert.deepEqual(process.types, ['alert.no_data', 'alert.data'])
})

test('a message planned by a clock that was a day ahead does not wait for that day', async () => {
  const world = new World()
  const process = world.process([depth])
  process.answer = () => {
    if (world.clock.now() > start + 12 * HOUR) throw new Error('not now')
  }
  const start = world.clock.now()
  world.clock.jump(start + DAY)
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(process.types, [])
  world.clock.jump(start + 5 * MINUTE)
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(process.types, ['alert.firing'])
})

test('what a function does to the alert that it is given changes nothing', async () => {
  const world = new World()
  const process = world.process([{ ...depth, notify: ['vandal', 'me'] }], {
    notifiers: { vandal: (alert) => Object.assign(alert, { id: 'x', type: 'y', title: 'z' }) },
  })
  await world.pass(
    5 * MINUTE,
    setting(world, () => 20)
  )
  assert.deepEqual(
    process.got.map(({ title }) => title),
    ['FIRING: depth']
  )
  assert.equal((await world.book()).outbox.length, 0)
})
