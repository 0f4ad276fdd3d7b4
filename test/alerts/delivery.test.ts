import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { receiver, type Receiver } from './receiver.ts'
import { HOUR, MINUTE, type Process, SECOND, World } from './world.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw8K'
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const rule = { name: 'depth', when: 'depth > 10 over 1m', notify: ['ops'] }

interface Scene {
  readonly world: World
  readonly ops: Receiver
  readonly process: Process
  /** Time goes by while the gauge is `value`. */
  readonly pass: (ms: number, value: number, step?: number) => Promise<void>
}

async function scene(t: TestContext, reply?: Receiver['reply'], more: object = {}): Promise<Scene> {
  const world = new World()
  const ops = await receiver(t, reply)
  const notifiers = { ops: { webhook: `${ops.url}/hook`, secret: [SECRET, OTHER] } }
  const process = world.process([{ ...rule, ...more }], { notifiers, every: '1s' })
  const pass = (ms: number, value: number, step = SECOND): Promise<void> =>
    world.pass(ms, () => world.gauge('depth', value), step)
  return { world, ops, process, pass }
}

test('a receiver that fails three times gets it a fourth time: the same id, another time and signature, ever later', async (t) => {
  const { ops, pass, world } = await scene(t, (at) => (at < 3 ? 500 : 200))
  const times: number[] = []
  for (let second = 0; second < 400; second++) {
    const before = ops.got.length
    await pass(SECOND, 20)
    if (ops.got.length > before) times.push(world.clock.now())
  }
  assert.equal(ops.got.length, 4)
  const ids = ops.got.map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids).size, 1)
  assert.equal(new Set(ops.got.map(({ headers }) => headers['webhook-signature'])).size, 4)
  const waits = times.slice(1).map((time, at) => time - times[at]!)
  assert.deepEqual(
    waits.map((wait) => Math.round(wait / SECOND)),
    [5, 30, 300]
  )
  assert.equal(new Set(ops.got.map(({ text }) => text)).size, 1)
})

test('the signature is accepted by a public verifier of Standard Webhooks, by either secret', async (t) => {
  const { ops, pass } = await scene(t)
  await pass(5 * SECOND, 20)
  const [first] = ops.got
  const { headers, text } = first!
  const all = headers as Record<string, string>
  // The verifier compares with the real time.
  t.mock.timers.enable({ apis: ['Date'], now: Number(all['webhook-timestamp']) * 1000 })
  for (const secret of [SECRET, OTHER]) assert.deepEqual(new Webhook(secret).verify(text, all), first!.body)
  assert.equal(all['webhook-signature']?.split(' ').length, 2)
  assert.throws(() => new Webhook(SECRET).verify(`${text} `, all))
  assert.throws(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(text, all))
})

test('the body is flat at the top, with everything under data, and has the same keys for every type', async (t) => {
  const { ops, pass, world } = await scene(t)
  await pass(5 * SECOND, 20)
  await pass(70 * SECOND, 1)
  const [firing, resolved] = ops.got.map(({ body }) => body)
  assert.deepEqual(ops.types, ['alert.firing', 'alert.resolved'])
  assert.deepEqual(Object.keys(firing!), Object.keys(resolved!))
  const { data, timestamp, time, id, ...rest } = firing!
  assert.deepEqual(rest, {
    type: 'alert.firing',
    rule: 'depth',
    status: 'firing',
    severity: 'warning',
    metric: 'depth',
    value: 20,
    threshold: 10,
    unit: '',
    title: 'FIRING: depth',
    message: 'depth is 20. The rule: depth > 10 over 1m.',
    url: null,
  })
  assert.equal(timestamp, time)
  assert.match(String(id), /^msg_[0-9a-f]{32}$/)
  const { starts_at, ends_at, duration_ms } = resolved!['data'] as Record<string, unknown>
  assert.equal(starts_at, (data as Record<string, unknown>)['starts_at'])
  assert.equal(Date.parse(String(ends_at)) - Date.parse(String(starts_at)), duration_ms)
  assert.equal((await world.book()).outbox.length, 0)
})

test('Retry-After is waited for', async (t) => {
  const { ops, pass } = await scene(t, (at) => (at === 0 ? { status: 429, headers: { 'retry-after': '30' } } : 200))
  await pass(5 * SECOND, 20)
  assert.equal(ops.got.length, 1)
  await pass(25 * SECOND, 20)
  assert.equal(ops.got.length, 1)
  await pass(10 * SECOND, 20)
  assert.equal(ops.got.length, 2)
})

test('a receiver that is gone is not asked again, is shown, and others go on', async (t) => {
  const world = new World()
  const [ops, team] = [await receiver(t, () => 410), await receiver(t)]
  const notifiers = { ops: { webhook: ops.url }, team: { webhook: team.url } }
  const process = world.process([{ ...rule, notify: ['ops', 'team'] }], { notifiers })
  let value = 20
  for (let round = 0; round < 6; round++) {
    await world.pass(2 * MINUTE, () => world.gauge('depth', value))
    value = value === 20 ? 1 : 20
  }
  assert.equal(ops.got.length, 1)
  assert.equal(team.got.length, 6)
  const view = await world.view('alerts')
  const [first] = view['notifiers'] as Record<string, unknown>[]
  assert.equal(first?.['name'], 'me')
  const shown = (view['notifiers'] as Record<string, unknown>[]).find(({ name }) => name === 'ops')
  assert.equal(shown?.['disabled'], 'http_410')
  assert.deepEqual(await process.alerts.trouble(), { code: 'dead_letters', count: 1 })
  // Configured anew it is alive again.
  await process.alerts.end()
  world.kill(process)
  ops.reply = () => 200
  world.process([{ ...rule, notify: ['ops'] }], { notifiers: { ops: { webhook: `${ops.url}/new` } } })
  await world.pass(2 * MINUTE, () => world.gauge('depth', value))
  assert.equal(ops.got.length, 2)
})

test('a redirect is a failure that nobody follows', async (t) => {
  const elsewhere = await receiver(t)
  const { ops, pass } = await scene(t, () => ({ status: 302, headers: { location: elsewhere.url } }))
  await pass(MINUTE, 20)
  assert.equal(ops.got.length, 3)
  assert.equal(elsewhere.got.length, 0)
})

test('what a receiver refuses is tried three times, then listed as a dead letter', async (t) => {
  const { world, ops, process, pass } = await scene(t, () => 400)
  await pass(2 * MINUTE, 20)
  assert.equal(ops.got.length, 3)
  const view = await world.view('alerts')
  assert.equal(view['dead_letter_count'], 1)
  const [letter] = view['dead_letters'] as Record<string, unknown>[]
  assert.deepEqual(
    [letter?.['channel'], letter?.['type'], letter?.['code'], letter?.['tries']],
    ['ops', 'alert.firing', 'http_400', 3]
  )
  assert.deepEqual(await process.alerts.trouble(), { code: 'dead_letters', count: 1 })
  assert.ok(process.lines.some((line) => line.includes("notifier 'ops' did not take an alert (http_400)")))
})

test('after a day of trying it is given up', async (t) => {
  const { ops, pass, world } = await scene(t, () => 503, { repeatEvery: null })
  for (let minute = 0; minute < 10; minute++) await pass(MINUTE, 20, 5 * SECOND)
  for (let hour = 0; hour < 32; hour++) await pass(HOUR, 20, 30 * MINUTE)
  assert.equal((await world.book()).deadCount, 1)
  assert.ok(ops.got.length >= 8 && ops.got.length <= 11, String(ops.got.length))
  assert.equal((await world.book()).outbox.length, 0)
})

test('a receiver that is down from beginning to end gets one message that says both', async (t) => {
  const { ops, pass } = await scene(t, () => 503)
  await pass(20 * SECOND, 20)
  await pass(70 * SECOND, 1)
  ops.reply = () => 200
  const before = ops.got.length
  await pass(10 * MINUTE, 1, 5 * SECOND)
  const after = ops.got.slice(before).map(({ body }) => body)
  assert.equal(after.length, 1)
  assert.equal(after[0]?.['type'], 'alert.resolved')
  assert.equal(after[0]?.['title'], 'FIRED AND RESOLVED: depth')
  assert.match(
    String(after[0]?.['message']),
    /^depth is 1\. It fired from .* That it fired could not be told before\.$/
  )
})

test('what is over never overtakes what began', async (t) => {
  const { ops, pass } = await scene(t, (at) => (at === 0 ? 500 : 200))
  await pass(2 * SECOND, 20)
  assert.deepEqual(ops.types, ['alert.firing'])
  await pass(20 * SECOND, 20)
  await pass(70 * SECOND, 1)
  assert.deepEqual(ops.types, ['alert.firing', 'alert.firing', 'alert.resolved'])
})

test('a notifier that wants no word of what is over gets each new alert all the same', async (t) => {
  const world = new World()
  const ops = await receiver(t)
  world.process([{ ...rule, notify: ['ops'] }], { notifiers: { ops: { webhook: ops.url, resolved: false } } })
  for (const value of [20, 1, 20, 1]) await world.pass(2 * MINUTE, () => world.gauge('depth', value))
  assert.deepEqual(ops.types, ['alert.firing', 'alert.firing'])
})

test('two hundred groups that fire at once are twenty messages and one for the rest', async (t) => {
  const world = new World()
  const ops = await receiver(t)
  world.process([{ ...rule, when: 'depth > 10 over 5m by queue' }], { notifiers: { ops: { webhook: ops.url } } })
  for (let queue = 0; queue < 200; queue++) world.gauge('depth', 20, { queue: `q${queue}` })
  await world.pass(MINUTE)
  assert.equal(ops.got.length, 21)
  const last = ops.got[20]?.body
  assert.equal(last?.['type'], 'alert.more')
  assert.equal(last?.['title'], 'and 180 more')
  assert.match(String(last?.['message']), /^180 × FIRING depth\. A channel gets 20 messages in 10 minutes/)
  const view = await world.view('alerts', [['state', 'firing']])
  assert.deepEqual([view['firing'], view['total_rows']], [200, 200])
  assert.equal((await world.view('snapshot'))['alerts_firing'], 200)
  // They end together too.
  await world.pass(9 * MINUTE, () => {
    for (let queue = 0; queue < 200; queue++) world.gauge('depth', 1, { queue: `q${queue}` })
  })
  await world.pass(12 * MINUTE)
  assert.ok(ops.got.length <= 21 + 21, String(ops.got.length))
  assert.equal((await world.book()).outbox.length, 0)
})

test('a channel that hangs holds up no other, and no rule', async () => {
  const world = new World()
  let release = (): void => undefined
  const stuck = (): Promise<void> => new Promise((resolve) => (release = resolve))
  const process = world.process(
    [
      { ...rule, notify: ['slow', 'me'] },
      { name: 'two', when: 'depth > 15 over 1m', notify: 'me' },
    ],
    {
      notifiers: { slow: stuck },
    }
  )
  world.gauge('depth', 12)
  world.clock.advance(1)
  await process.alerts.turn()
  const until = Date.now() + 5_000
  while (process.got.length < 1 && Date.now() < until) await new Promise(setImmediate)
  while (process.got.length < 2 && Date.now() < until) {
    // A rule that is still being evaluated is not evaluated anew: the next round is another chance.
    world.clock.advance(15 * SECOND)
    world.gauge('depth', 20)
    world.clock.advance(1)
    await process.alerts.turn()
    await new Promise(setImmediate)
  }
  assert.deepEqual(
    process.got.map(({ rule: name }) => name),
    ['depth', 'two']
  )
  release()
  await process.alerts.idle()
})

test('while a mute window lasts nothing is sent; what began in it and goes on is sent after', async () => {
  const world = new World()
  const mute = { from: '10:30', to: '11:00' }
  const process = world.process([{ name: 'depth', when: 'depth > 10 over 1m', mute }])
  await world.pass(5 * MINUTE, () => world.gauge('depth', 20))
  await world.pass(5 * MINUTE, () => world.gauge('depth', 1))
  // That was over before the window: not worth a word.
  await world.pass(15 * MINUTE, () => world.gauge('depth', 20))
  assert.deepEqual(process.types, [])
  await world.pass(10 * MINUTE, () => world.gauge('depth', 20))
  assert.deepEqual(process.types, ['alert.firing'])
  assert.ok(process.got[0]!.startsAt! < process.got[0]!.time + 1)
})

test('a test is marked, goes to each notifier, and says how that went', async (t) => {
  const world = new World()
  const [fine, broken] = [await receiver(t), await receiver(t, () => 500)]
  const notifiers = { fine: { webhook: fine.url }, broken: { webhook: broken.url } }
  const process = world.process([], { notifiers })
  const results = await process.alerts.test()
  assert.deepEqual(
    results.map(({ notifier, kind, ok, code }) => [notifier, kind, ok, code]),
    [
      ['me', 'function', true, null],
      ['fine', 'webhook', true, null],
      ['broken', 'webhook', false, 'http_500'],
    ]
  )
  assert.equal(fine.got[0]?.body['type'], 'alert.test')
  const data = fine.got[0]?.body['data']
  assert.equal((data as Record<string, unknown>)['test'], true)
  assert.equal(process.got[0]?.title, 'TEST: shop')
})

test('history and states are kept for who asks, newest first', async () => {
  const world = new World()
  const process = world.process([{ ...rule, notify: 'me' }, 'orders absent over 5m'])
  await world.pass(2 * MINUTE, () => world.gauge('depth', 20))
  await world.pass(6 * MINUTE, () => world.gauge('depth', 1))
  const view = await world.view('alerts')
  const rows = view['data'] as Record<string, unknown>[]
  assert.deepEqual(
    rows.map(({ rule: name, state, value, threshold, condition }) => [name, state, value, threshold, condition]),
    [
      ['orders absent over 5m', 'firing', 0, null, 'ok'],
      ['depth', 'ok', 1, 10, 'ok'],
    ]
  )
  const history = view['history'] as Record<string, unknown>[]
  assert.deepEqual(
    history.map(({ type, rule: name }) => [type, name]),
    [
      ['alert.firing', 'orders absent over 5m'],
      ['alert.resolved', 'depth'],
      ['alert.firing', 'depth'],
    ]
  )
  assert.deepEqual(
    process.alerts.tail.drain().map(({ kind, name, fields }) => [kind, name, fields['type']]),
    [
      ['alert', 'depth', 'alert.firing'],
      ['alert', 'depth', 'alert.resolved'],
      ['alert', 'orders absent over 5m', 'alert.firing'],
    ]
  )
})
