import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Metrics, MetricsError, type Options } from '../src/index.ts'
import { memory } from '../src/storage/memory.ts'

const ENTRY = new URL(`../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href
const lines: string[] = []
const QUIET: Options = { storage: 'memory://', log: (line) => lines.push(line) }

async function total(metrics: Metrics, metric: string): Promise<number | null> {
  return (await metrics.query({ metric, from: '1h' })).total
}

/** Runs a script against the library in a process of its own, in an empty folder. */
async function script(source: string): Promise<{ stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'pocketmetrics-'))
  try {
    const code = `import { Metrics } from ${JSON.stringify(ENTRY)}\n${source}`
    return await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
      cwd: folder,
      timeout: 20_000,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('what is tracked is in the answer at once', async () => {
  const metrics = new Metrics(undefined, QUIET)
  metrics.track('revenue', 49, { plan: 'pro' })
  metrics.track('revenue', 9, { plan: 'starter' })
  metrics.track('signups')
  metrics.track('signups', { source: 'ads' })
  const { rows, total: sum, unit } = await metrics.query({ metric: 'revenue', from: '1h', groupBy: 'plan' })
  assert.deepEqual(
    rows.map(({ plan, value }) => [plan, value]),
    [
      ['pro', 49],
      ['starter', 9],
    ]
  )
  assert.deepEqual([sum, unit], [58, 'USD'])
  assert.equal(await total(metrics, 'signups'), 2)
  await metrics.close()
})

test('counters add, gauges keep the last value, histograms have percentiles', async () => {
  const metrics = new Metrics(QUIET)
  metrics.counter('jobs').add()
  metrics.counter('jobs').add(2, { queue: 'mail' })
  metrics.gauge('depth').set(5)
  metrics.gauge('depth').set(3)
  let pool = 7
  metrics.gauge('pool', () => pool++)
  for (let i = 1; i <= 100; i++) metrics.histogram('job_seconds').observe(i)
  assert.equal(await total(metrics, 'jobs'), 3)
  assert.equal(await total(metrics, 'depth'), 3)
  assert.ok(((await total(metrics, 'pool')) ?? 0) >= 7)
  const { total: p95 } = await metrics.query({ metric: 'job_seconds', agg: 'p95', from: '1h' })
  assert.ok(Math.abs(p95! - 95) <= 0.53)
  await metrics.close()
})

test('money does not drift: a hundred thousand payments of ten cents', async () => {
  const metrics = new Metrics(QUIET)
  for (let i = 0; i < 100_000; i++) metrics.track('revenue', 0.1)
  assert.equal(await total(metrics, 'revenue'), 10_000)
  await metrics.close()
})

test('a question that cannot be answered rejects with its code and parameter', async () => {
  const metrics = new Metrics(QUIET)
  await assert.rejects(metrics.query({ metric: 'revenue', from: '24hours' }), (error) => {
    assert.ok(error instanceof MetricsError)
    assert.deepEqual([error.code, error.parameter], ['bad_time', 'from'])
    assert.match(error.hint!, /24h/)
    return true
  })
  await metrics.close()
  await assert.rejects(metrics.query({ metric: 'revenue' }), { code: 'closed' })
})

test('R27: close() twice resolves; what is tracked after it is counted and said, not thrown', async () => {
  const metrics = new Metrics(QUIET)
  await Promise.all([metrics.close(), metrics.close()])
  lines.length = 0
  metrics.track('revenue', 1)
  metrics.track('revenue', 1)
  metrics.error(new Error('late'))
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /after close/)
})

test('nothing that an app passes to a recording call throws', async () => {
  const metrics = new Metrics(QUIET)
  const hostile: unknown[] = [
    undefined,
    null,
    NaN,
    '',
    {},
    [],
    Symbol('x'),
    5n,
    () => 1,
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('mine')
        },
      }
    ),
    {
      toString() {
        throw new Error('mine')
      },
    },
  ]
  for (const a of hostile) {
    for (const b of hostile) {
      metrics.track(a as string, b as number, a as {})
      metrics.track('fine', 1, { label: b as string })
      metrics.counter(a as string).add(b as number, a as {})
      metrics.gauge(a as string).set(b as number)
      metrics.histogram('h').observe(b as number, a as {})
      metrics.error(a, b as {})
    }
  }
  await metrics.flush()
  await metrics.close()
})

test('a gauge that throws stops nothing', async () => {
  const metrics = new Metrics(QUIET)
  metrics.gauge('broken', () => {
    throw new Error('mine')
  })
  metrics.track('fine', 1)
  assert.equal(await total(metrics, 'fine'), 1)
  await metrics.close()
})

test('a bad option throws at construction and leaves nothing behind', () => {
  const before = process.listenerCount('SIGTERM')
  assert.throws(() => new Metrics(undefined, { ...QUIET, slow: 'soon' }), { code: 'bad_option', parameter: 'slow' })
  assert.throws(() => new Metrics(undefined, { ...QUIET, storage: 'mongo://x' }), {
    code: 'bad_option',
    parameter: 'storage',
  })
  assert.throws(() => new Metrics(undefined, { ...QUIET, keys: '' }), { code: 'bad_option' })
  assert.equal(process.listenerCount('SIGTERM'), before)
})

test('a store that never opens, and one that rejects, hold nobody up', async () => {
  const hangs = memory()
  const metrics = new Metrics(undefined, {
    ...QUIET,
    storage: Object.assign(Object.create(null), {
      name: 'hangs',
      open: () => new Promise<void>(() => undefined),
      put: hangs.put.bind(hangs),
      boxes: hangs.boxes.bind(hangs),
    }),
  })
  metrics.track('revenue', 1)
  void metrics.flush()
  const rejects = new Metrics(undefined, {
    ...QUIET,
    storage: Object.assign(Object.create(null), {
      name: 'rejects',
      open: () => Promise.reject(new Error('no')),
      put: hangs.put.bind(hangs),
      boxes: hangs.boxes.bind(hangs),
      close: () => undefined,
    }),
  })
  rejects.track('revenue', 1)
  assert.equal(await rejects.flush(), false)
  assert.equal((await rejects.ready).driver, 'rejects')
  await rejects.close()
})

test('R28: constructed twice for one server, requests count once and the process keeps no listener', async () => {
  const before = process.listenerCount('SIGTERM')
  const server = createServer((_request, response) => response.end('ok'))
  const first = new Metrics(server, QUIET)
  const second = new Metrics(server, QUIET)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (let i = 0; i < 3; i++) await (await fetch(url)).text()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await total(second, 'http_requests'), 3)
  assert.equal((await total(first, 'http_requests')) ?? 0, 0)
  await Promise.all([first.close(), second.close()])
  server.closeAllConnections()
  server.close()
  assert.equal(process.listenerCount('SIGTERM'), before)
})

test('a script that is done ends by itself, and what it tracked is on disk', async () => {
  const { stdout, stderr } = await script(`
    const metrics = new Metrics()
    metrics.track('revenue', 49)
    await metrics.ready
    process.on('exit', () => console.log('ended'))`)
  assert.match(stdout, /ended/)
  assert.equal(stderr, '')
})

test('R26: close() before exit loses nothing, and a second start shows the first', async () => {
  const { stdout } = await script(`
    const first = new Metrics({ flushEvery: '1h' })
    for (let i = 0; i < 1000; i++) first.track('revenue', 1)
    await first.close()
    const second = new Metrics()
    console.log((await second.query({ metric: 'revenue', from: '1h' })).total)
    process.exit(0)`)
  assert.equal(stdout.trim(), '1000')
})

test('beforeExit alone keeps what was tracked last', async () => {
  const { stdout } = await script(`
    import { fork } from 'node:child_process'
    const metrics = new Metrics({ flushEvery: '1h' })
    metrics.track('revenue', 7)
    process.once('exit', () => undefined)
    process.once('beforeExit', () => setTimeout(async () => {
      await metrics.close()
      const again = new Metrics()
      console.log((await again.query({ metric: 'revenue', from: '1h' })).total)
      await again.close()
    }, 50))`)
  assert.equal(stdout.trim(), '7')
})

test('typed metrics: a wrong name or label is a compile error', async () => {
  const metrics = new Metrics<{ revenue: { plan: 'pro' | 'team' }; signups: {} }>(undefined, QUIET)
  metrics.track('revenue', 49, { plan: 'pro' })
  metrics.track('signups')
  // @ts-expect-error: no such metric
  metrics.track('revenu', 49)
  // @ts-expect-error: no such plan
  metrics.track('revenue', 49, { plan: 'free' })
  await metrics.close()
})

test('our routes can be mounted by the app itself, with the key from wherever it comes', async () => {
  const metrics = new Metrics(undefined, {
    ...QUIET,
    path: false,
    healthPath: false,
    keys: 'a-long-random-key-of-mine',
  })
  metrics.track('signups')
  const url = 'http://app.example.com/admin/numbers/query?metric=signups&from=1h'
  assert.equal((await metrics.fetch(new Request(url))).status, 401)
  const response = await metrics.fetch(new Request(url, { headers: { 'x-api-key': 'a-long-random-key-of-mine' } }))
  assert.equal(response.status, 200)
  assert.equal(((await response.json()) as { total: number }).total, 1)
  const local = await metrics.fetch(
    new Request('http://localhost/admin/numbers/query?metric=signups', { headers: { host: 'localhost' } }),
    { address: '127.0.0.1' }
  )
  assert.equal(local.status, 200)
  await metrics.close()
})

test('while the store takes nothing, an answer says that it lacks what came last', async () => {
  const driver = memory()
  let full = false
  const storage = new Proxy(driver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'put' && full) return () => Promise.reject(new Error('the disk is full'))
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const metrics = new Metrics(undefined, { ...QUIET, storage })
  metrics.track('signups')
  assert.equal((await metrics.query({ metric: 'signups', from: '1h' })).warning, null)
  full = true
  metrics.track('signups')
  const answer = await metrics.query({ metric: 'signups', from: '1h' })
  assert.equal(answer.total, 1)
  assert.match(answer.warning ?? '', /does not take what was recorded last/)
  full = false
  assert.equal(await total(metrics, 'signups'), 2)
  await metrics.close()
})

test('a fault in an answer is logged with its cause, and not shown', async () => {
  const driver = memory()
  const storage = new Proxy(driver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'boxes')
        return () => {
          throw new Error('postgres://me:secret@host is broken')
        }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  lines.length = 0
  const metrics = new Metrics(undefined, { ...QUIET, storage })
  metrics.track('signups')
  const answer = await metrics.fetch(
    new Request('http://localhost/metrics/query?metric=signups', { headers: { host: 'localhost' } }),
    { address: '127.0.0.1' }
  )
  assert.equal(answer.status, 503)
  assert.doesNotMatch(await answer.text(), /broken|secret/)
  assert.ok(lines.some((line) => line.includes('is broken') && !line.includes('secret')))
  await metrics.close()
})

test('no question is a question that cannot be answered', async () => {
  const metrics = new Metrics(QUIET)
  await assert.rejects(metrics.query(undefined as never), { code: 'bad_metric' })
  await metrics.close()
})
