import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { AddressInfo } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Metrics, type Options } from '../../../src/index.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'

let server: Postgres
before(async () => {
  server = await startPostgres(['max_connections=40'])
})
after(() => server.end())

const CHILD = new URL('./child.ts', import.meta.url).pathname

function child(t: TestContext, schema: string, count: number, instance: string): ChildProcess {
  const args = [CHILD, `${server.url}?schema=${schema}`, String(count), instance]
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => started.kill('SIGKILL'))
  return started
}

function metricsOf(schema: string, more: Options = {}): Metrics {
  return new Metrics({ storage: `${server.url}?schema=${schema}`, health: false, log: () => undefined, ...more })
}

async function totalOf(metrics: Metrics, metric: string): Promise<number | null> {
  return (await metrics.query({ metric, from: '1h' })).total
}

test('four processes on one database add up exactly, and end by themselves', async (t) => {
  const children = ['a', 'b', 'c', 'd'].map((instance) => child(t, 'four', 10_000, instance))
  const ends = await Promise.all(children.map((each) => once(each, 'close')))
  assert.deepEqual(
    ends,
    Array.from({ length: 4 }, () => [0, null])
  )
  const metrics = metricsOf('four')
  assert.equal(await totalOf(metrics, 'revenue'), 40_000)
  await metrics.close()
})

test('a process that is stopped in the middle of its work holds up no other', async (t) => {
  const [stopped, metrics] = [child(t, 'stopped', 0, 'stopped'), metricsOf('stopped')]
  await once(stopped.stdout!, 'data')
  for (let round = 0; round < 10; round++) {
    stopped.kill('SIGSTOP')
    metrics.track('orders')
    const started = performance.now()
    assert.equal(await metrics.flush(), true)
    assert.ok(performance.now() - started < 3_000)
    stopped.kill('SIGCONT')
    await sleep(15)
  }
  assert.equal(await totalOf(metrics, 'orders'), 10)
  await metrics.close()
})

test('R25: nothing that was recorded before SIGTERM is lost', async (t) => {
  const ended = child(t, 'terminated', 0, 'terminated')
  await once(ended.stdout!, 'data')
  await sleep(200)
  ended.kill('SIGTERM')
  assert.deepEqual(await once(ended, 'close'), [null, 'SIGTERM'])
  const metrics = metricsOf('terminated')
  assert.ok(((await totalOf(metrics, 'revenue')) ?? 0) > 200)
  await metrics.close()
})

test('requests are answered while the database restarts, stands still and crashes, and every one is counted', async () => {
  const app = createServer((_request, response) => response.end('ok'))
  const metrics = new Metrics(app, {
    storage: `${server.url}?schema=load`,
    flushEvery: '50ms',
    health: false,
    log: () => undefined,
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`
  let [going, sent, longest] = [true, 0, 0]
  const loop = monitorEventLoopDelay({ resolution: 10 })
  loop.enable()
  const load = (async () => {
    for (; going; sent++) {
      const started = performance.now()
      assert.equal(await (await fetch(url)).text(), 'ok')
      longest = Math.max(longest, performance.now() - started)
      await sleep(1)
    }
  })()
  await metrics.ready
  await sleep(200)
  await server.restart()
  await sleep(200)
  server.freeze()
  await sleep(2_500)
  server.resume()
  await sleep(200)
  await server.kill()
  await sleep(500)
  await server.start()
  await sleep(200)
  going = false
  await load
  // On a machine that others use, too, this process itself may stand still for a while.
  const stood = loop.max / 1e6
  assert.ok(longest < 1_000 + 3 * stood, `${longest} ms, where the event loop was held up by ${stood} ms`)
  loop.disable()
  for (let left = 40; !(await metrics.flush()) && left > 0; left--) await sleep(100)
  assert.equal(await totalOf(metrics, 'http_requests'), sent)
  await metrics.close()
  app.closeAllConnections()
  app.close()
})

test('R20: a wrong password costs the app nothing but a line that says what to do', async () => {
  const lines: string[] = []
  const metrics = new Metrics({
    storage: server.urlOf('postgres', 'not-it'),
    flushEvery: '20ms',
    health: false,
    log: (line: string) => lines.push(line),
  })
  await metrics.ready
  metrics.track('orders')
  assert.equal(await metrics.flush(), false)
  await sleep(300)
  const said = lines.filter((line) => line.includes('PostgreSQL'))
  assert.equal(said.length, 1, lines.join('\n'))
  assert.match(said[0] ?? '', /refuses the password.*check user and password/)
  assert.equal(
    said.some((line) => line.includes('not-it')),
    false
  )
  await metrics.close()
})

test('the app starts before its database, and what it recorded until then is there afterwards', async () => {
  await server.stop()
  const metrics = metricsOf('earlier', { flushEvery: '20ms' })
  const standing = await metrics.ready
  assert.equal(standing.mode, 'remote')
  metrics.track('orders', 3)
  assert.equal(await metrics.flush(), false)
  await server.start()
  for (let left = 60; !(await metrics.flush()) && left > 0; left--) await sleep(100)
  metrics.track('orders', 4)
  assert.equal(await totalOf(metrics, 'orders'), 7)
  await metrics.close()
})
