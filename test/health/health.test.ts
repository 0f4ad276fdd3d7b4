import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../src/errors.ts'
import { heard, never, saying, World } from './world.ts'

const failure = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' })

test('before the first round of checks it lives, and is not ready', async (t) => {
  const { health } = await new World(t).with({ database: never })
  assert.equal(health.state, 'starting')
  assert.deepEqual(
    (['live', 'startup', 'ready', 'all'] as const).map((probe) => health.word(probe)),
    ['pass', 'fail', 'fail', 'fail']
  )
})

test('without checks it is ready at once, and warns of nothing', (t) => {
  const { health } = new World(t)
  assert.deepEqual([health.state, health.word('ready'), health.word('startup')], ['ready', 'pass', 'pass'])
})

test('started by hand: not ready before it was said, and before critical checks are known', async (t) => {
  const world = await new World(t, { manual: true }).with({ cache: () => true })
  assert.deepEqual([world.health.state, world.health.word('startup')], ['starting', 'fail'])
  world.health.check('database', never)
  await world.pass(0)
  world.health.started()
  assert.deepEqual([world.health.word('startup'), world.health.word('ready')], ['pass', 'fail'])
  assert.equal(world.health.state, 'starting')
  await world.pass(2_000)
  assert.equal(world.health.state, 'notReady')
})

test('one failure changes nothing, the second takes it out, one success brings it back: two lines in all', async (t) => {
  const database = saying(true)
  const world = await new World(t).with({ database })
  assert.equal(world.health.word('ready'), 'pass')
  database.says = failure
  await world.pass(10_000)
  assert.deepEqual([world.health.word('ready'), world.row('database').consecutive_failures], ['pass', 1])
  await world.pass(10_000)
  assert.deepEqual([world.health.word('ready'), world.health.state], ['fail', 'notReady'])
  const { status, code, since } = world.row('database')
  assert.deepEqual([status, code, since], ['fail', 'ECONNREFUSED', new Date(world.clock.now()).toISOString()])
  await world.pass(20_000)
  database.says = undefined
  await world.pass(10_000)
  assert.deepEqual([world.health.word('ready'), world.row('database').code], ['pass', null])
  assert.deepEqual(world.lines, [
    "health: check 'database' fails (ECONNREFUSED), so this process is not ready: connect ECONNREFUSED 10.0.0.7:5432",
    "health: check 'database' passes again, after 30 s",
  ])
})

test('a check that fails the first time it runs is believed', async (t) => {
  const world = await new World(t).with({ database: () => false })
  assert.deepEqual([world.health.state, world.health.word('ready')], ['notReady', 'fail'])
})

test('what is degraded warns and stays in the traffic; what is for information changes nothing', async (t) => {
  const world = await new World(t).with({
    cache: [() => false, { impact: 'degraded' }],
    mail: [() => false, { impact: 'info' }],
  })
  assert.deepEqual(
    [world.health.word('all'), world.health.word('ready'), world.health.state],
    ['warn', 'warn', 'ready']
  )
  const mail = await new World(t).with({ mail: [() => false, { impact: 'info' }] })
  assert.equal(mail.health.word('all'), 'pass')
})

test('our own checks must be bad several times, also at first', async (t) => {
  const world = new World(t)
  world.health.own({
    name: 'loop',
    run: () => ({ status: 'warn', code: 'slow', value: 480, unit: 'ms' }),
    options: { failAfter: 3 },
  })
  await world.pass(0)
  await world.pass(10_000)
  assert.equal(world.health.word('all'), 'pass')
  await world.pass(10_000)
  assert.equal(world.health.word('all'), 'warn')
  assert.deepEqual([world.row('loop').code, world.row('loop').value, world.row('loop').unit], ['slow', 480, 'ms'])
})

test('a run that takes too long is a timeout, its signal is aborted, and what it says later is ignored', async (t) => {
  let signal: AbortSignal | undefined
  let answer: (value: unknown) => void = () => undefined
  const slow = (given: AbortSignal): Promise<unknown> => {
    signal = given
    return new Promise((resolve) => (answer = resolve))
  }
  const world = await new World(t).with({ slow })
  await world.pass(1_900)
  assert.equal(world.row('slow').status, null)
  await world.pass(100)
  assert.deepEqual(
    [world.row('slow').status, world.row('slow').code, world.row('slow').duration_ms],
    ['fail', 'timeout', 2_000]
  )
  assert.match(String(signal?.reason), /TimeoutError/)
  answer(true)
  await heard()
  assert.deepEqual([world.row('slow').status, world.row('slow').consecutive_passes], ['fail', 0])
})

test('a check that never comes back is stuck: one run in flight, however often it is due', async (t) => {
  let runs = 0
  const world = await new World(t).with({
    dead: () => {
      runs++
      return never()
    },
  })
  await world.pass(60_000)
  assert.deepEqual([runs, world.row('dead').code, world.row('dead').status], [1, 'stuck', 'fail'])
})

test('after it has come back at last, it runs again when it is due', async (t) => {
  let answer: (value: unknown) => void = () => undefined
  let runs = 0
  const world = await new World(t).with({
    frozen: () => (++runs === 1 ? new Promise((resolve) => (answer = resolve)) : true),
  })
  await world.pass(25_000)
  assert.equal(world.row('frozen').code, 'stuck')
  answer(true)
  await heard()
  await world.pass(10_000)
  assert.deepEqual([runs, world.row('frozen').status], [2, 'pass'])
})

test('a timeout longer than the interval gives one failure per run', async (t) => {
  const world = await new World(t).with({ slow: [never, { interval: '1s', timeout: '3s' }] })
  await world.pass(3_000)
  assert.deepEqual([world.row('slow').code, world.row('slow').consecutive_failures], ['timeout', 1])
})

test('checks run side by side, and those over the limit wait for their turn', async (t) => {
  const open: (() => void)[] = []
  const names = Array.from({ length: 40 }, (_, index) => `check${index}`)
  const world = await new World(t).with(
    Object.fromEntries(names.map((name) => [name, () => new Promise<void>((resolve) => open.push(resolve))]))
  )
  assert.equal(open.length, 32)
  for (const answer of open.splice(0)) answer()
  await heard()
  await world.pass(0)
  assert.equal(open.length, 8)
  for (const answer of open) answer()
  await world.pass(0)
  assert.equal(world.health.word('ready'), 'pass')
})

test('checks that hang give their places up', async (t) => {
  const hanging = Array.from({ length: 32 }, (_, index) => [`dead${index}`, never] as const)
  const alive = saying(true)
  const world = await new World(t).with({ ...Object.fromEntries(hanging), alive })
  assert.equal(alive.runs, 0)
  await world.pass(2_500)
  assert.equal(alive.runs, 1)
})

test('the interval is jittered by a tenth', async (t) => {
  for (const [random, due] of [
    [0, 9_000],
    [0.999, 10_998],
  ] as const) {
    const check = saying(true)
    const world = await new World(t, { random: () => random }).with({ check })
    await world.pass(due - 1, due - 1)
    assert.equal(check.runs, 1)
    await world.pass(2)
    assert.equal(check.runs, 2)
  }
})

test('when nobody runs the checks any more, what they said goes stale: a warning, then a failure', async (t) => {
  const world = await new World(t).with({ database: () => true })
  world.clock.advance(30_500)
  assert.deepEqual([world.health.word('ready'), world.row('database').code], ['warn', 'stale'])
  world.clock.advance(30_000)
  assert.deepEqual([world.health.word('ready'), world.row('database').status], ['fail', 'fail'])
  await world.pass(0)
  assert.deepEqual([world.health.word('ready'), world.row('database').code], ['pass', null])
})

test('a clock that jumps neither runs checks nor makes them stale', async (t) => {
  const check = saying(true)
  const world = await new World(t).with({ check })
  world.clock.jump(world.clock.now() + 3_600_000)
  await world.pass(0)
  assert.deepEqual([check.runs, world.health.word('ready')], [1, 'pass'])
})

test('a check that is added while it serves does not throw it back to its start', async (t) => {
  const world = await new World(t).with({ database: () => true })
  world.health.check('late', never)
  await world.pass(0)
  assert.equal(world.health.word('ready'), 'pass')
  await world.pass(2_000)
  assert.equal(world.health.word('ready'), 'fail')
})

test('draining is for good: not ready, alive, told once', async (t) => {
  const world = await new World(t).with({ database: () => true })
  world.health.drain()
  world.health.drain()
  await world.pass(10_000)
  assert.deepEqual(
    (['live', 'startup', 'ready', 'all'] as const).map((probe) => world.health.word(probe)),
    ['pass', 'pass', 'fail', 'fail']
  )
  assert.deepEqual([world.health.state, world.drained], ['draining', 1])
  assert.deepEqual(world.lines, ['health: draining, no longer ready; responses close their connections'])
})

test('where it is wanted, readiness goes on saying what the checks say while draining', async (t) => {
  const database = saying(true)
  const world = await new World(t, { readyWhileDraining: true }).with({ database: [database, { failAfter: 1 }] })
  world.health.drain()
  assert.deepEqual([world.health.state, world.health.word('ready')], ['draining', 'pass'])
  database.says = false
  await world.pass(10_000)
  assert.equal(world.health.word('ready'), 'fail')
  assert.equal(world.lines[0], 'health: draining, ready to the end; responses close their connections')
  world.health.fatal('lost')
  database.says = true
  await world.pass(10_000)
  assert.deepEqual([world.health.word('ready'), world.health.word('live')], ['fail', 'fail'])
})

test('only fatal fails liveness, and its reason stays in the log', async (t) => {
  const world = await new World(t).with({ database: () => false })
  assert.equal(world.health.word('live'), 'pass')
  world.health.fatal(new Error('pool is lost'))
  world.health.fatal('again')
  assert.deepEqual(
    [world.health.word('live'), world.health.word('ready'), world.health.report().live],
    ['fail', 'fail', false]
  )
  assert.match(world.lines.at(-1)!, /fatal.*: pool is lost/)
  assert.doesNotMatch(JSON.stringify(world.health.report()), /pool is lost/)
})

test('fatal before the start is believed too', (t) => {
  const { health } = new World(t, { manual: true })
  health.fatal('no configuration')
  assert.deepEqual([health.state, health.word('live')], ['notReady', 'fail'])
})

test('each change is an event, and each result a number', async (t) => {
  const database = saying(true)
  const world = await new World(t).with({ database })
  database.says = failure
  await world.pass(20_000)
  const events = world.health.tail.drain()
  assert.deepEqual(
    events.map(({ kind, name, value, fields }) => [kind, name, value, fields.previous, fields.status]),
    [
      ['health', 'readiness', 1, 'starting', 'ready'],
      ['health', 'database', 1, null, 'pass'],
      ['health', 'readiness', 0, 'ready', 'notReady'],
      ['health', 'database', 0, 'pass', 'fail'],
    ]
  )
  assert.doesNotMatch(JSON.stringify(events), /10\.0\.0\.7/)
  assert.deepEqual(
    world.observed.map(([name, status]) => `${name} ${status}`),
    ['database pass', 'database pass', 'database fail']
  )
})

test('a check that flaps is told of some times, and then no more for a while', async (t) => {
  const check = saying(true)
  const world = await new World(t).with({ check: [check, { failAfter: 1, interval: '1s' }] })
  for (let round = 0; round < 40; round++) {
    check.says = round % 2 === 1
    await world.pass(1_000)
  }
  assert.equal(world.lines.length, 10)
  assert.match(world.lines.at(-1)!, /changes often/)
  check.says = true
  await world.pass(600_000, 10_000)
  check.says = false
  await world.pass(2_000)
  assert.equal(world.lines.length, 11)
})

test('after the end nothing runs, and what ran is aborted', async (t) => {
  let signal: AbortSignal | undefined
  const world = await new World(t).with({
    slow: (given) => {
      signal = given
      return never()
    },
  })
  world.health.end()
  assert.equal(signal?.aborted, true)
  assert.deepEqual(world.health.report().checks, [])
  world.health.check('late', () => assert.fail('it ran'))
  await world.pass(10_000)
})

test('a name that is taken, or cannot be, is said at once', (t) => {
  const { health } = new World(t)
  health.check('database', () => true)
  health.check('constructor', () => true)
  const bad: [unknown, unknown, object?][] = [
    ['database', () => true],
    ['__proto__', () => true],
    ['', () => true],
    ['x'.repeat(65), () => true],
    [7, () => true],
    ['line\nbreak', () => true],
    ['cache', undefined],
    ['cache', { nothing: 'known' }],
    ['cache', () => true, { impact: 'fatal' }],
    ['cache', () => true, { interval: '1ms' }],
    ['cache', () => true, { timeout: 2000 }],
    ['cache', () => true, { timeout: 'soon' }],
    ['cache', () => true, { failAfter: 0 }],
    ['cache', () => true, { passAfter: 1.5 }],
    ['cache', () => true, { intervall: '1s' }],
  ]
  for (const [name, run, options] of bad) {
    assert.throws(
      () => health.check(name as string, run as object, options),
      (error) => error instanceof MetricsError && error.code === 'bad_option' && /check/.test(error.message),
      JSON.stringify([name, options])
    )
  }
  assert.throws(() => health.check('database', () => true), /check 'database' is there already/)
})
