import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics, type Options } from '../../src/index.ts'
import type { CheckRow } from '../../src/health/report.ts'

const KEY = 'a-key-to-read-with'

interface Served {
  readonly metrics: Metrics
  readonly origin: string
  readonly lines: string[]
  /** One check, as who may read sees it. */
  row(name: string): Promise<CheckRow>
}

async function serving(t: TestContext, health: Options['health'] = {}): Promise<Served> {
  const lines: string[] = []
  const server = createServer((_request, response) => response.end('app'))
  const log = (line: string): void => void lines.push(line)
  const metrics = new Metrics(server, { storage: 'memory://', keys: KEY, health, log })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.close()
    server.closeAllConnections()
    await metrics.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const row = async (name: string): Promise<CheckRow> => {
    const response = await fetch(`${origin}/health`, { headers: { 'x-api-key': KEY } })
    const { checks } = (await response.json()) as { checks: CheckRow[] }
    return checks.find((one) => one.name === name)!
  }
  return { metrics, origin, lines, row }
}

async function settled(served: Served, name: string): Promise<CheckRow> {
  for (;;) {
    const row = await served.row(name)
    if (row.status !== null) return row
    await pause(10)
  }
}

const never = (): Promise<never> => new Promise(() => undefined)

test('what a check gives: a throw, a text, false and 42 fail, nothing passes, and no promise is left without a listener', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))
  const served = await serving(t, { interval: '100ms' })
  const { metrics } = served
  metrics.check('throws', () => {
    throw new Error('at once')
  })
  // oxlint-disable-next-line prefer-promise-reject-errors -- what drivers do
  metrics.check('text', () => Promise.reject('a text'))
  metrics.check('false', () => false)
  metrics.check('nothing', () => undefined)
  metrics.check('answer', () => 42)
  metrics.check('thenable', () => ({
    // oxlint-disable-next-line no-thenable -- that is the point
    then: () => {
      throw new Error('a thenable of its own')
    },
  }))
  const said = []
  for (const name of ['throws', 'text', 'false', 'nothing', 'answer', 'thenable']) {
    said.push((await settled(served, name)).status)
  }
  assert.deepEqual(said, ['fail', 'fail', 'fail', 'pass', 'fail', 'fail'])
  await pause(300)
  assert.deepEqual(unhandled, [])
})

test('a check of 5 s is a timeout after 2 s; probes are answered meanwhile, and what it says at last is ignored', async (t) => {
  const served = await serving(t, { timeout: '200ms', interval: '30s' })
  let answer: (value: unknown) => void = () => undefined
  served.metrics.check('slow', () => new Promise((resolve) => (answer = resolve)))
  const row = await settled(served, 'slow')
  assert.deepEqual([row.status, row.code, row.duration_ms], ['fail', 'timeout', 200])
  const before = performance.now()
  assert.equal((await fetch(`${served.origin}/health/ready`)).status, 503)
  assert.ok(performance.now() - before < 1_000)
  answer(true)
  await pause(50)
  assert.deepEqual([(await served.row('slow')).status, (await served.row('slow')).consecutive_passes], ['fail', 0])
})

test('20 checks of a second each are known together, not one after the other', async (t) => {
  const served = await serving(t)
  const before = performance.now()
  for (let index = 0; index < 20; index++) served.metrics.check(`slow ${index}`, () => pause(1_000))
  while ((await fetch(`${served.origin}/health/ready`)).status !== 200) await pause(5)
  assert.ok(performance.now() - before < 3_000)
})

test('a probe that comes before the first round waits for it, but not for long; liveness does not wait', async (t) => {
  const { metrics, origin } = await serving(t)
  metrics.check('database', () => pause(200))
  assert.equal((await fetch(`${origin}/health/live`)).status, 200)
  assert.equal(metrics.health.state, 'starting')
  assert.equal((await fetch(`${origin}/health/ready`)).status, 200)
  const late = await serving(t, { timeout: '30s' })
  late.metrics.check('dead', never)
  const before = performance.now()
  const response = await fetch(`${late.origin}/health/startup`)
  assert.deepEqual(
    [response.status, response.headers.get('retry-after'), await response.json()],
    [503, '5', { status: 'fail' }]
  )
  assert.ok(performance.now() - before < 3_000)
})

test('HEAD, and a slash at the end: the same status, and no body for HEAD', async (t) => {
  const { metrics, origin } = await serving(t)
  for (const isGood of [true, false]) {
    for (const path of ['', '/live', '/ready', '/startup']) {
      for (const slash of ['', '/']) {
        const url = `${origin}/health${path}${slash}`
        const [got, head] = [await fetch(url), await fetch(url, { method: 'HEAD' })]
        const expected = isGood || path === '/startup' || path === '/live' ? 200 : 503
        assert.deepEqual([got.status, head.status, await head.text()], [expected, expected, ''], url)
        assert.deepEqual([got.redirected, got.headers.get('cache-control')], [false, 'private, no-store'])
        assert.equal(head.headers.get('content-length'), String((await got.text()).length))
      }
    }
    if (isGood) metrics.check('broken', () => false)
    while (metrics.health.word('ready') !== 'fail') await pause(5)
  }
})

test('probes are none of the app’s requests, by count, time or error rate, however many fail', async (t) => {
  const { metrics, origin } = await serving(t, { start: 'manual' })
  for (let round = 0; round < 50; round++) await fetch(`${origin}/health/${round % 2 === 0 ? 'ready' : 'live'}`)
  await fetch(`${origin}/things`)
  const { rows } = await metrics.query({ metric: 'http_requests', from: '1h', groupBy: ['endpoint', 'status'] })
  assert.deepEqual(
    rows.filter(({ value }) => value !== 0).map(({ endpoint, status }) => `${String(endpoint)} ${String(status)}`),
    ['/things 200']
  )
  assert.equal((await metrics.query({ metric: 'http_errors', from: '1h' })).total ?? 0, 0)
  assert.equal((await metrics.query({ metric: 'health_probe_requests', from: '1h' })).total, 50)
})

test('history of checks and of readiness, by check, over HTTP', async (t) => {
  const { metrics, origin } = await serving(t, { interval: '100ms' })
  metrics.check('good', () => true)
  metrics.check('bad', () => false, { impact: 'degraded' })
  await pause(300)
  const asked = async (query: string): Promise<{ data: Record<string, unknown>[] }> => {
    const response = await fetch(`${origin}/metrics/query?${query}`, { headers: { authorization: `Bearer ${KEY}` } })
    const answer = (await response.json()) as { data: Record<string, unknown>[] }
    assert.equal(response.status, 200, JSON.stringify(answer))

    return answer
  }
  const { data } = await asked('metric=health_check_status&group_by=check&from=1h')
  const byCheck = new Map(data.map((row) => [row['check'], row['value']]))
  assert.deepEqual([byCheck.get('good'), byCheck.get('bad')], [1, 0])
  for (const own of ['storage', 'event loop', 'memory']) assert.equal(byCheck.get(own), 1, own)
  // Readiness is sampled with the flush.
  await metrics.flush()
  const ready = await asked('metric=health_ready&from=1h')
  assert.ok(ready.data.some(({ value }) => value === 1))
  const events = await fetch(`${origin}/metrics/events?kind=health`, { headers: { 'x-api-key': KEY } })
  assert.match(await events.text(), /"name":"bad"/)
})

test('the draft: arrays by key, observed values, and no output where all is well', async (t) => {
  const { metrics, origin } = await serving(t)
  metrics.check('good', () => true)
  metrics.check('disk:data', () => ({ status: 'warn', code: 'low', value: 7, unit: '%' }), { impact: 'degraded' })
  while (metrics.health.state !== 'ready') await pause(5)
  await pause(50)
  const headers = { accept: 'application/health+json', 'x-api-key': KEY }
  const response = await fetch(`${origin}/health`, { headers })
  assert.match(response.headers.get('content-type') ?? '', /^application\/health\+json/)
  const draft = (await response.json()) as { status: string; output?: string; checks: Record<string, unknown> }
  assert.deepEqual([draft.status, 'output' in draft], ['warn', false])
  for (const [key, list] of Object.entries(draft.checks)) {
    assert.match(key, /^[^:]+:(responseTime|utilization)$/)
    assert.ok(Array.isArray(list) && list.length === 1, key)
    const [one] = list as [Record<string, unknown>]
    assert.equal('output' in one, one['status'] !== 'pass', key)
    assert.match(String(one['time']), /^\d{4}-\d\d-\d\dT.*Z$/)
    assert.equal(typeof one['observedValue'], 'number', key)
  }
  assert.ok('disk.data:utilization' in draft.checks)
  const open = await fetch(`${origin}/health`, { headers: { accept: 'application/health+json' } })
  assert.deepEqual(await open.json(), { status: 'warn' })
})

test('the app’s own check may have the name of one of ours, and takes its place', async (t) => {
  const served = await serving(t)
  served.metrics.check('memory', () => ({ status: 'fail', code: 'mine' }))
  const row = await settled(served, 'memory')
  assert.deepEqual([row.code, row.impact], ['mine', 'critical'])
  assert.throws(() => served.metrics.check('memory', () => true), /is there already/)
})

// How soon is a matter of test/pace.
test('10,000 probes at once, while no check ever settles: all are answered, and each check runs once', async (t) => {
  const flood = new URL(`flood.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  const { metrics, origin } = await serving(t, { interval: '100ms', timeout: '50ms' })
  const runs = new Map<string, number>()
  for (let index = 0; index < 40; index++) {
    metrics.check(`dead ${index}`, () => {
      runs.set(`dead ${index}`, (runs.get(`dead ${index}`) ?? 0) + 1)
      return never()
    })
  }
  while (metrics.health.state !== 'notReady') await pause(5)
  const child = fork(flood, [new URL(origin).port, '10000', '500'])
  t.after(() => child.kill('SIGKILL'))
  const [{ statuses }] = (await once(child, 'message')) as [{ statuses: Record<string, number> }]
  assert.deepEqual(statuses, { 503: 10_000 })
  assert.deepEqual([runs.size, [...runs.values()].every((count) => count === 1)], [40, true])
})

test('when the timers are dead, what was known goes stale, and says so', async (t) => {
  const { metrics } = await serving(t, { interval: '100ms', timeout: '100ms' })
  metrics.check('database', () => true)
  while (metrics.health.state !== 'ready') await pause(5)
  // What stops the scheduler alone: its timer is taken away, as a library that fakes timers would.
  const plan = globalThis.setTimeout
  globalThis.setTimeout = (() => ({ unref: () => undefined })) as never
  t.after(() => (globalThis.setTimeout = plan))
  const wait = (ms: number): Promise<void> => new Promise((resolve) => plan(resolve, ms))
  while (metrics.health.word('ready') === 'pass') await wait(10)
  const row = () => metrics.health.report().checks.find(({ name }) => name === 'database')!
  assert.equal(row().code, 'stale')
  while (metrics.health.word('ready') === 'warn') await wait(10)
  assert.deepEqual([row().status, row().code, metrics.health.word('live')], ['fail', 'stale', 'pass'])
})

/** One request as it is written on the wire; gives status, headers and body. */
async function raw(origin: string, head: string): Promise<{ status: string; head: string; body: string }> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  let got = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => (got += chunk))
  socket.write(`${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  await once(socket, 'close')
  const [top = '', ...rest] = got.split('\r\n\r\n')
  return { status: top.slice(9, 12), head: top.toLowerCase(), body: rest.join('\r\n\r\n') }
}

test('however a probe is spelled it is one, and what is none is the app’s', async (t) => {
  const { metrics, origin } = await serving(t)
  while (metrics.health.state !== 'ready') await pause(5)
  const word = '{"status":"pass"}\n'
  const odd = ['//health', '/health//', '/./health/live', '/%68ealth', 'http://localhost/health', '/health/../health']
  for (const url of ['/health', '/health/', '/health?x=1', '/health/ready?', '/health/startup/?a=b', ...odd]) {
    assert.equal((await raw(origin, `GET ${url} HTTP/1.1`)).body, word, url)
  }
  for (const url of ['/healthz', '/Health', '/health/all', '/health/other', '/health%2Flive', '//other', '/.health']) {
    assert.equal((await raw(origin, `GET ${url} HTTP/1.1`)).body, 'app', url)
  }
  assert.equal((await raw(origin, 'GET /health HTTP/1.0')).body, word)
  assert.equal((await raw(origin, 'HEAD /health/live/ HTTP/1.1')).body, '')
})

test('other methods than GET and HEAD are told which there are', async (t) => {
  const { origin } = await serving(t)
  for (const path of ['/health', '/health/live', '/health/ready/', '/health/startup']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, head } = await raw(origin, `${method} ${path} HTTP/1.1\r\nContent-Length: 0`)
      assert.equal(status, '405', `${method} ${path}`)
      assert.match(head, /\r\nallow: get, head, options\r\n/)
    }
    assert.equal((await raw(origin, `OPTIONS ${path} HTTP/1.1`)).status, '204')
  }
})

test('a probe with a body does not hold up the request behind it', async (t) => {
  const { metrics, origin } = await serving(t)
  while (metrics.health.state !== 'ready') await pause(5)
  const body = 'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello'
  const { body: answers } = await raw(origin, `${body}GET /after HTTP/1.1`)
  assert.match(answers, /^\{"status":"pass"\}\nHTTP\/1\.1 200 OK[^]*\r\n\r\n(3\r\n)?app/)
})

test('the shape of an answer is the one that is wanted most; nobody is refused', async (t) => {
  const { metrics, origin } = await serving(t)
  while (metrics.health.state !== 'ready') await pause(5)
  const shapes: readonly (readonly [accept: string, type: string])[] = [
    ['*/*', 'application/json; charset=utf-8'],
    ['image/png', 'application/json; charset=utf-8'],
    ['text/*, application/*;q=0.1', 'application/json; charset=utf-8'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json; charset=utf-8'],
    ['application/health+json;q=0', 'application/json; charset=utf-8'],
    ['application/health+json;q=0.1, application/json', 'application/json; charset=utf-8'],
    ['APPLICATION/Health+JSON; charset=utf-8', 'application/health+json'],
    ['application/json, application/health+json', 'application/health+json'],
    ['text/plain;q=0.9, application/health+json', 'application/health+json'],
    ['text/plain, */*', 'text/plain; charset=utf-8'],
    ['text/plain;q=0.2, application/json;q=0.3', 'application/json; charset=utf-8'],
    [',;q=,;;', 'application/json; charset=utf-8'],
  ]
  for (const [accept, type] of shapes) {
    const response = await fetch(`${origin}/health`, { headers: { accept } })
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, type], accept)
    const keyed = await fetch(`${origin}/health?verbose`, { headers: { accept } })
    assert.equal(keyed.headers.get('content-type'), type, accept)
  }
})

test('whatever fatal is given, it fails liveness and throws nothing', async (t) => {
  for (const reason of [undefined, null, '', 42, Symbol('x'), Object.create(null), new Error('lost')]) {
    const { metrics, origin, lines } = await serving(t)
    metrics.health.fatal(reason)
    assert.equal((await fetch(`${origin}/health/live`)).status, 503)
    assert.equal(lines.filter((line) => line.includes('fatal') || line.includes('alive')).length, 1, lines.join('\n'))
  }
})
