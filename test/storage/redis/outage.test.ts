import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics, type Options } from '../../../src/index.ts'
import { type Redis, startRedis, until } from '../../servers/redis.ts'

const APP = new URL('./app.ts', import.meta.url).pathname
let server: Redis
let stores = 0
before(async () => {
  server = await startRedis()
})
after(() => server.end())

function metricsAt(t: TestContext, url: string, options: Options = {}): { metrics: Metrics; lines: string[] } {
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const metrics = new Metrics({ storage: url, log, ...options })
  t.after(() => metrics.close())
  return { metrics, lines }
}

const store = (): string => `${server.url}?prefix=outage-${++stores}`
const totalOf = async (metrics: Metrics): Promise<number | null> =>
  (await metrics.query({ metric: 'revenue', from: '1h' })).total

async function snapshotOf(metrics: Metrics): Promise<Record<string, unknown>> {
  const request = new Request('http://localhost/metrics', { headers: { host: 'localhost' } })
  return (await (await metrics.fetch(request, { address: '127.0.0.1' })).json()) as Record<string, unknown>
}

/** The longest that the event loop was held up while `work` ran, ms. */
async function heldUp(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  await work()
  clearInterval(timer)
  return longest
}

test('R15: an app starts without Redis, says so once, and its numbers arrive when Redis does', async (t) => {
  await server.stop()
  const { metrics, lines } = metricsAt(t, store(), { flushEvery: '20ms' })
  await metrics.ready
  const held = await heldUp(async () => {
    for (let round = 0; round < 30; round++) {
      for (let index = 0; index < 100; index++) metrics.track('revenue', 2)
      await pause(30)
    }
  })
  assert.ok(held < 1_000, `held up for ${held} ms`)
  assert.equal(await metrics.flush(), false)
  await assert.rejects(metrics.query({ metric: 'revenue' }), {
    code: 'unavailable',
    message: 'Redis cannot be reached',
  })
  const { status, storage, warning } = await snapshotOf(metrics)
  assert.deepEqual([status, storage], ['warn', 'remote'])
  assert.match(String(warning), /^Redis cannot be reached: .* To do: start it/)
  await server.start()
  await until(() => metrics.flush())
  assert.equal(await totalOf(metrics), 6_000)
  assert.ok(lines.length > 0 && lines.length <= 5, lines.join('\n'))
  for (const line of lines) assert.match(line, /Redis cannot be reached|storage' warns/)
})

test('a Redis that is frozen under load holds nothing up, and in the end all of it is there', async (t) => {
  const { metrics } = metricsAt(t, store(), { flushEvery: '20ms' })
  await metrics.ready
  await metrics.flush()
  let sent = 0
  const load = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < 200; index++, sent++) metrics.track('revenue', 1, { plan: `${index % 5}` })
      await pause(20)
    }
  }
  await load(10)
  server.freeze()
  const held = await heldUp(() => load(150))
  server.resume()
  await load(10)
  assert.ok(held < 1_000, `held up for ${held} ms`)
  await until(() => metrics.flush())
  assert.equal(await totalOf(metrics), sent)
})

test('R16: after Redis came back empty it goes on, and answers about the time before say that they are incomplete', async (t) => {
  const { metrics } = metricsAt(t, store(), { flushEvery: '20ms' })
  metrics.track('revenue', 1)
  assert.ok(await metrics.flush())
  const ask = async (): Promise<Record<string, unknown>> => {
    const url = 'http://localhost/metrics/query?metric=revenue&from=1h'
    const request = new Request(url, { headers: { host: 'localhost' } })
    return (await (await metrics.fetch(request, { address: '127.0.0.1' })).json()) as Record<string, unknown>
  }
  assert.equal((await ask())['data_incomplete'], undefined)
  await server.restart()
  metrics.track('revenue', 2)
  await until(() => metrics.flush())
  const answer = await ask()
  assert.equal(answer['data_incomplete'], true)
  assert.match(String(answer['warning']), /was emptied/)
  // The minute was still at hand, and is there as a whole.
  assert.equal(answer['total'], 3)
})

test('a Redis that is taken back to an earlier state is noticed, and what has got a name since is named again', async (t) => {
  const url = store()
  const { metrics } = metricsAt(t, url, { flushEvery: '1h' })
  metrics.track('revenue', 1, { plan: 'early' })
  assert.ok(await metrics.flush())
  // What a failover to a replica that lags comes to.
  server.cli('save')
  metrics.track('revenue', 2, { plan: 'late' })
  assert.ok(await metrics.flush())
  await server.kill()
  await server.start()
  metrics.track('revenue', 4, { plan: 'early' })
  await until(() => metrics.flush())
  const { metrics: reader } = metricsAt(t, url)
  const { data } = await reader.query({ metric: 'revenue', from: '1h', groupBy: ['plan'] })
  assert.deepEqual(Object.fromEntries(data.map(({ plan, value }) => [plan, value])), { early: 5, late: 2 })
  const request = new Request('http://localhost/metrics/query?metric=revenue', { headers: { host: 'localhost' } })
  const answer = (await (await reader.fetch(request, { address: '127.0.0.1' })).json()) as Record<string, unknown>
  assert.equal(answer['data_incomplete'], true)
  assert.match(String((await snapshotOf(metrics))['warning']), /behind what it had acknowledged/)
  await server.restart()
})

test('four processes record into one Redis: the total is exact, and each ends by itself', async (t) => {
  const url = store()
  const ended = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, [APP, url, '5000', '50'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return { code, said }
  })
  assert.deepEqual(await Promise.all(ended), Array(4).fill({ code: 0, said: '5000\n' }))
  const { metrics } = metricsAt(t, url)
  assert.equal(await totalOf(metrics), 20_000)
  assert.equal((await snapshotOf(metrics))['storage'], 'remote')
})

test('without Redis an app ends by itself, soon, with no error of ours', async () => {
  const child = spawn(process.execPath, [APP, 'redis://:s3cret@127.0.0.1:1', '100', '5'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const began = performance.now()
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0, said)
  assert.ok(performance.now() - began < 15_000)
  assert.doesNotMatch(said, /UNHANDLED|s3cret|Unhandled/)
})

test('R20: with a wrong password the app runs on, and says in /metrics what to do', async (t) => {
  server.cli('acl', 'setuser', 'known', 'on', '>right', '~*', '+@all')
  const { metrics, lines } = metricsAt(t, server.url.replace('//', '//known:wr0ng@'), { flushEvery: '20ms' })
  await metrics.ready
  metrics.track('revenue', 5)
  await pause(300)
  const snapshot = await snapshotOf(metrics)
  assert.match(String(snapshot['warning']), /refuses the user or the password.* To do: correct them/)
  assert.doesNotMatch(JSON.stringify(snapshot) + lines.join(), /wr0ng/)
  assert.match(lines.join('\n'), /refuses the user or the password; correct them in the URL, before the @/)
  assert.ok(lines.length <= 4, lines.join('\n'))
  server.cli('acl', 'setuser', 'known', '>wr0ng')
  await until(() => metrics.flush())
  assert.equal(await totalOf(metrics), 5)
})
