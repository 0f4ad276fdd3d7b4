import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Metrics, type Options } from '../../src/index.ts'

async function serving(
  t: TestContext,
  options: Options = {}
): Promise<{ metrics: Metrics; origin: string; lines: string[] }> {
  const lines: string[] = []
  const server = createServer((_request, response) => response.end('app'))
  const metrics = new Metrics(server, { storage: 'memory://', log: (line) => lines.push(line), ...options })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.close()
    server.closeAllConnections()
    await metrics.close()
  })
  return { metrics, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines }
}

/** Until `probe` of readiness says `word`. */
async function until(origin: string, word: string): Promise<Response> {
  for (;;) {
    const response = await fetch(`${origin}/health/ready`)
    if (((await response.clone().json()) as { status: string }).status === word) return response
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a failing check takes the process out of the traffic, and its password stays in nobody’s log', async (t) => {
  const { metrics, origin, lines } = await serving(t, { keys: 'a-key-of-mine', health: { interval: '100ms' } })
  let works = true
  metrics.check('database', async () => {
    if (!works) throw new Error('no pg_hba.conf entry: postgres://u:hunter2@db-7.internal/shop')
  })
  await until(origin, 'pass')
  works = false
  const response = await until(origin, 'fail')
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5'])
  assert.equal((await fetch(`${origin}/health/live`)).status, 200)
  const whole = await fetch(`${origin}/health`, { headers: { authorization: 'Bearer a-key-of-mine' } })
  const { checks } = (await whole.json()) as { checks: { name: string; status: string; code: string }[] }
  const row = checks.find(({ name }) => name === 'database')
  assert.deepEqual([row?.status, row?.code], ['fail', 'failed'])
  const events = await (
    await metrics.fetch(new Request('http://localhost/metrics/events?kind=health'), { address: '127.0.0.1' })
  ).text()
  assert.match(events, /"name":"database"/)
  assert.doesNotMatch(JSON.stringify(checks) + events, /hunter2|db-7/)
  const failures = lines.filter((line) => line.includes('database'))
  assert.equal(failures.length, 1)
  assert.match(
    failures[0]!,
    /^\[pocketmetrics\] health: check 'database' fails, so this process is not ready: no pg_hba/
  )
  assert.doesNotMatch(failures[0]!, /hunter2/)
  works = true
  await until(origin, 'pass')
})

test('an alert on a check names it, and nothing of what its driver said', async (t) => {
  const alerts: unknown[] = []
  const { metrics } = await serving(t, {
    health: { interval: '100ms' },
    alerts: {
      every: '200ms',
      notifiers: { me: (alert: unknown) => void alerts.push(alert) },
      rules: [{ name: 'database', when: 'min(health_check_status) < 1 over 1m by check' }],
    },
  })
  metrics.check('database', () => Promise.reject(new Error('cannot reach postgres://u:hunter2@db-7.internal/shop')))
  while (alerts.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const text = JSON.stringify(alerts)
  assert.match(text, /"check":"database"/)
  assert.doesNotMatch(text, /hunter2|db-7|postgres:/)
})

test('checks are metrics, and probes are no traffic of the app', async (t) => {
  const { metrics, origin } = await serving(t)
  metrics.check('cache', () => true, { impact: 'degraded' })
  await until(origin, 'pass')
  for (const path of ['/health', '/health/live/', '/health/startup']) await fetch(`${origin}${path}`)
  await fetch(`${origin}/things`)
  const total = async (metric: string): Promise<number | null> => (await metrics.query({ metric, from: '1h' })).total
  assert.equal(await total('http_requests'), 1)
  assert.ok((await total('health_probe_requests'))! >= 4)
  const { rows } = await metrics.query({ metric: 'health_check_status', from: '1h', where: { check: 'cache' } })
  assert.equal(rows.length > 0 && (await total('health_ready')), 1)
  assert.ok((await total('health_check_ms'))! >= 0)
})

test('10,000 probes at once through fetch, with checks that never settle, are answered, and nothing is run twice', async (t) => {
  const { metrics, origin } = await serving(t, { health: { interval: '100ms', timeout: '50ms' } })
  let runs = 0
  for (let index = 0; index < 20; index++) {
    metrics.check(`dead${index}`, () => {
      runs++
      return new Promise(() => undefined)
    })
  }
  await until(origin, 'fail')
  const probe = async (): Promise<number> => {
    const request = new Request(`${origin}/health/ready`)
    return (await metrics.fetch(request, { address: '10.0.0.9' })).status
  }
  const statuses = await Promise.all(Array.from({ length: 10_000 }, probe))
  assert.deepEqual([...new Set(statuses)], [503])
  assert.equal(runs, 20)
})

test('health: false serves nothing, checks nothing and changes nothing', async (t) => {
  const { metrics, origin } = await serving(t, { health: false })
  metrics.check('database', () => assert.fail('it ran'))
  metrics.started()
  assert.equal(await (await fetch(`${origin}/health`)).text(), 'app')
  assert.deepEqual(metrics.health.report().checks, [])
})

test('started by hand', async (t) => {
  const { metrics, origin } = await serving(t, { health: { start: 'manual' } })
  const statuses = async (): Promise<number[]> =>
    Promise.all(['live', 'startup', 'ready'].map(async (probe) => (await fetch(`${origin}/health/${probe}`)).status))
  assert.deepEqual(await statuses(), [200, 503, 503])
  metrics.started()
  assert.deepEqual(await statuses(), [200, 200, 200])
  metrics.health.fatal('the pool is lost')
  assert.deepEqual(await statuses(), [503, 200, 503])
})

test('a second check of the same name is an error that names it', async (t) => {
  const { metrics } = await serving(t)
  metrics.check('database', () => true)
  assert.throws(() => metrics.check('database', () => true), /'database'.*name of its own/)
})
