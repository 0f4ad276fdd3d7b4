import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { Redis as Ioredis } from 'ioredis'
import pg from 'pg'
import { Metrics } from '../../../src/index.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'
import { until } from './world.ts'

let server: Postgres

before(async () => {
  server = await startPostgres()
})

after(() => server.end())

interface App {
  readonly metrics: Metrics
  readonly lines: string[]
  /** What a probe is told: status and body. */
  readonly probe: (path: string, key?: string) => Promise<{ status: number; text: string }>
}

async function app(t: TestContext): Promise<App> {
  const lines: string[] = []
  const http = createServer((_request, response) => response.end('app'))
  const metrics = new Metrics(http, {
    storage: 'memory://',
    keys: 'a-key-of-mine',
    log: (line) => lines.push(line),
    health: { interval: '150ms', timeout: '2s', failAfter: 1 },
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    http.close()
    http.closeAllConnections()
    await metrics.close()
  })
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    metrics,
    lines,
    probe: async (path, key) => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const response = await fetch(`${origin}${path}`, { headers })
      return { status: response.status, text: (await response.text()).trim() }
    },
  }
}

test('a failing database shows the public one word, a key its code, and nobody an address or a password', async (t) => {
  const { metrics, lines, probe } = await app(t)
  const pool = new pg.Pool({ connectionString: server.urlOf('postgres', 'hunter2') })
  pool.on('error', () => undefined)
  const client = new Ioredis('redis://someone:hunter2@127.0.0.1:1/3', {
    retryStrategy: () => 1000,
    maxRetriesPerRequest: 0,
  })
  client.on('error', () => undefined)
  t.after(async () => {
    client.disconnect()
    await pool.end()
  })
  metrics.check('database', pool)
  metrics.check('cache', client, { impact: 'degraded' })
  metrics.check('text', () =>
    Promise.reject(new Error(`no route to ${server.urlOf('app', 'hunter2/@x')}, password='hunter2 3'`))
  )
  await until(async () => {
    const { text } = await probe('/health', 'a-key-of-mine')
    return text.includes('28P01') && text.match(/"status":"fail","code"/g)?.length === 3
  })
  for (const path of ['/health', '/health/ready']) {
    assert.deepEqual(await probe(path), { status: 503, text: '{"status":"fail"}' })
  }
  assert.equal((await probe('/health/live')).status, 200)
  const { text } = await probe('/health/ready', 'a-key-of-mine')
  const { checks } = JSON.parse(text) as { checks: { name: string; status: string; code: string }[] }
  const codes = Object.fromEntries(checks.map(({ name, status, code }) => [name, `${status} ${code}`]))
  assert.equal(codes['database'], 'fail 28P01')
  assert.match(`${codes['cache']}`, /^fail (MaxRetriesPerRequestError|ECONNREFUSED|timeout|disconnected)$/)
  const events = await metrics.fetch(
    new Request('http://localhost/metrics/events?kind=health', { headers: { authorization: 'Bearer a-key-of-mine' } }),
    { address: '127.0.0.1' }
  )
  const shown = text + (await events.text())
  assert.doesNotMatch(shown, /hunter2|127\.0\.0\.1|postgres:|someone/)
  const log = lines.join('\n')
  assert.match(log, /check 'database' fails \(28P01\), so this process is not ready: password authentication failed/)
  assert.doesNotMatch(log, /hunter2/)
})

test('ready follows a database that comes and goes, told once each way', async (t) => {
  const { metrics, lines, probe } = await app(t)
  const pool = new pg.Pool({ connectionString: server.url })
  pool.on('error', () => undefined)
  t.after(() => pool.end())
  metrics.check('database', pool)
  const ready = async (status: number): Promise<void> =>
    until(async () => (await probe('/health/ready')).status === status, lines.join('\n'))
  await ready(200)
  await server.stop()
  await ready(503)
  await server.start()
  await ready(200)
  const told = lines.filter((line) => line.includes("'database'"))
  assert.equal(told.length, 2, told.join('\n'))
})
