import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics } from '../../../src/index.ts'
import { memory } from '../../../src/storage/memory.ts'
import { World } from '../world.ts'

test('a job that gives no sign of life for too long fails, and the next sign brings it back', async (t) => {
  const world = new World(t)
  const { beat } = world.health.heartbeat('nightly import', '25h')
  await world.pass(24 * 3_600_000, 3_600_000)
  assert.equal(world.row('nightly import').status, 'pass')
  beat()
  await world.pass(24 * 3_600_000, 3_600_000)
  assert.equal(world.row('nightly import').status, 'pass')
  world.beats.clear()
  await world.pass(2 * 3_600_000, 600_000)
  const { status, code, impact, value, unit } = world.row('nightly import')
  assert.deepEqual([status, code, impact, unit], ['fail', 'no_beat', 'degraded', 's'])
  assert.ok(value! >= 25 * 3_600)
  assert.equal(world.health.word('ready'), 'warn')
  beat()
  await world.pass(10_000)
  assert.deepEqual([world.row('nightly import').status, world.health.word('ready')], ['pass', 'pass'])
})

test('beats outlive the process, and those of the process beside this one count as well', async (t) => {
  const world = new World(t)
  const { beat } = world.health.heartbeat('nightly import', '25h')
  beat()
  assert.equal(world.beats.get('nightly import'), world.clock.now())
  // The next process never hears of a beat of its own, and is restarted each day.
  const next = new World(t)
  world.beats.forEach((time, name) => next.beats.set(name, time))
  next.clock.advance(20 * 3_600_000)
  next.health.heartbeat('nightly import', '25h')
  await next.pass(3_600_000, 600_000)
  assert.equal(next.row('nightly import').status, 'pass')
  await next.pass(5 * 3_600_000, 600_000)
  assert.equal(next.row('nightly import').code, 'no_beat')
  next.beats.set('nightly import', next.clock.now())
  await next.pass(60_000, 10_000)
  assert.equal(next.row('nightly import').status, 'pass')
})

test('after a long stop a job is given some minutes before it is missed', async (t) => {
  const world = new World(t)
  world.beats.set('queue', world.clock.now() - 86_400_000)
  world.health.heartbeat('queue', '1h')
  await world.pass(4 * 60_000, 10_000)
  assert.equal(world.row('queue').status, 'pass')
  await world.pass(2 * 60_000, 10_000)
  assert.equal(world.row('queue').status, 'fail')
})

test('a store that hangs is no job that is dead', async (t) => {
  const world = new World(t, { beats: { beat: () => undefined, last: () => new Promise(() => undefined) } })
  const { beat } = world.health.heartbeat('queue', '1m')
  await world.pass(50_000, 10_000)
  beat()
  await world.pass(50_000, 10_000)
  assert.equal(world.row('queue').status, 'pass')
})

test('a beat right before the end is kept by the store', async () => {
  const driver = memory()
  const metrics = new Metrics({ storage: driver, log: () => undefined })
  metrics.heartbeat('nightly import', '25h').beat()
  metrics.heartbeat('hourly', '1h').beat()
  let kept: string | undefined
  const close = driver.close.bind(driver)
  driver.close = async () => {
    kept = await driver.get('heartbeats')
    await close()
  }
  await metrics.close()
  assert.deepEqual(Object.keys(JSON.parse(kept ?? '{}') as object), ['nightly import', 'hourly'])
})

test('one that is critical takes the process out of the traffic', async (t) => {
  const world = new World(t)
  world.health.heartbeat('queue', '2s', { impact: 'critical' })
  await world.pass(1_000)
  assert.equal(world.health.word('ready'), 'pass')
  await world.pass(2_000)
  assert.equal(world.health.word('ready'), 'fail')
})

test('a clock that jumps is no silence', async (t) => {
  const world = new World(t)
  world.health.heartbeat('queue', '1m')
  world.clock.jump(world.clock.now() + 86_400_000)
  await world.pass(10_000)
  assert.equal(world.row('queue').status, 'pass')
})

test('how often is a duration, and a name is taken once', (t) => {
  const { health } = new World(t)
  health.heartbeat('job', '1m')
  const bad: [unknown, unknown, object?][] = [
    ['job', '1m'],
    ['late', undefined],
    ['late', 60],
    ['late', '1ms'],
    ['late', 'soon'],
    ['', '1m'],
    [7, '1m'],
    ['late', '1m', { impact: 'none' }],
  ]
  for (const [name, every, options] of bad) {
    assert.throws(
      () => health.heartbeat(name as string, every as string, options),
      (error: Error & { code?: string }) => error.code === 'bad_option',
      JSON.stringify([name, every, options])
    )
  }
  assert.throws(() => health.heartbeat('late', '5 minuts'), /check 'late': every/)
})
