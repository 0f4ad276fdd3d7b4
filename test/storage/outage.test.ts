import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis, until } from '../servers/redis.ts'

/** How long a store is away, s: `OUTAGE=30` is the long form. */
const OUTAGE = Number(process.env['OUTAGE'] ?? 6)
const VALUES = 20

async function served(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function timed(url: string): Promise<number> {
  const began = performance.now()
  const response = await fetch(url)
  assert.deepEqual([response.status, await response.text()], [200, 'ok'])
  return performance.now() - began
}

interface Load {
  readonly sent: { requests: number; values: number }
  /** The longest request to the app, and to a server without us, ms. */
  readonly longest: { ours: number; bare: number }
}

/** An app and a server without us are asked in turn, while `work` goes on and a little longer. */
async function loaded(t: TestContext, metrics: Metrics, app: Server, work: Promise<unknown>): Promise<Load> {
  const bare = createServer((_request, response) => response.end('ok'))
  const [ours, other] = [await served(t, app), await served(t, bare)]
  const load: Load = { sent: { requests: 0, values: 0 }, longest: { ours: 0, bare: 0 } }
  let going = true
  void work.finally(() => (going = false))
  for (let left = 20; going || left > 0; left -= going ? 0 : 1) {
    for (let value = 0; value < VALUES; value++) metrics.track('revenue', 1, { plan: `${value % 5}` })
    load.sent.values += VALUES
    load.sent.requests++
    load.longest.ours = Math.max(load.longest.ours, await timed(ours))
    load.longest.bare = Math.max(load.longest.bare, await timed(other))
    await pause(2)
  }
  await work
  return load
}

async function get(metrics: Metrics, path: string): Promise<Record<string, unknown>> {
  const request = new Request(`http://localhost${path}`, { headers: { host: 'localhost' } })
  return (await (await metrics.fetch(request, { address: '127.0.0.1' })).json()) as Record<string, unknown>
}

/** What an accident of the store may cost: nothing that is not counted, and nobody's time. */
async function outlives(t: TestContext, storage: string, accident: () => Promise<unknown>): Promise<void> {
  const app = createServer((_request, response) => response.end('ok'))
  const metrics = new Metrics(app, { storage, flushEvery: '50ms', health: false, system: false, log: () => undefined })
  t.after(() => metrics.close())
  await until(() => metrics.flush())
  const before = process.memoryUsage().rss
  const { sent, longest } = await loaded(t, metrics, app, accident())
  const grown = (process.memoryUsage().rss - before) / 1e6
  assert.ok(grown < 200, `${grown} MB more`)
  // On a machine that others use, too, a server without us stands still now and then, as well.
  assert.ok(longest.ours < 1_000 + 3 * longest.bare, JSON.stringify(longest))
  await until(() => metrics.flush())
  assert.equal((await get(metrics, '/metrics'))['dropped'], 0)
  const reader = new Metrics({ storage, system: false, log: () => undefined })
  t.after(() => reader.close())
  for (const [metric, count] of [
    ['revenue', sent.values],
    ['http_requests', sent.requests],
  ] as const)
    assert.equal((await reader.query({ metric, from: '1h' })).total, count, metric)
}

test(`Redis frozen for ${OUTAGE} s under load: no request waits, and all that was sent is there`, async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  await outlives(t, `${server.url}?prefix=outage`, async () => {
    await pause(500)
    server.freeze()
    await pause(OUTAGE * 1_000)
    server.resume()
  })
})

test('PostgreSQL restarted, crashed and away under load: no request waits, and all that was sent is there', async (t) => {
  const server = await startPostgres()
  t.after(() => server.end())
  await outlives(t, server.url, async () => {
    await pause(500)
    await server.restart()
    await pause(500)
    await server.kill()
    await pause(OUTAGE * 500)
    await server.start()
  })
})
