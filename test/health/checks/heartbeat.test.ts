import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from '../world.ts'

test('a job that gives no sign of life for too long fails, and the next sign brings it back', async (t) => {
  const world = new World(t)
  const { beat } = world.health.heartbeat('nightly import', '25h')
  await world.pass(24 * 3_600_000, 3_600_000)
  assert.equal(world.row('nightly import').status, 'pass')
  beat()
  await world.pass(24 * 3_600_000, 3_600_000)
  assert.equal(world.row('nightly import').status, 'pass')
  await world.pass(2 * 3_600_000, 600_000)
  const { status, code, impact, value, unit } = world.row('nightly import')
  assert.deepEqual([status, code, impact, unit], ['fail', 'no_beat', 'degraded', 's'])
  assert.ok(value! >= 25 * 3_600)
  assert.equal(world.health.word('ready'), 'warn')
  beat()
  await world.pass(10_000)
  assert.deepEqual([world.row('nightly import').status, world.health.word('ready')], ['pass', 'pass'])
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
