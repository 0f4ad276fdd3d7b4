import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Metrics, MetricsError, type Options } from '../src/index.ts'

type Row = Readonly<Record<string, string | number | boolean | null>>

/** Keeps the event loop busy. */
function burn(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

async function running(
  t: TestContext,
  options: Options,
  listener: RequestListener
): Promise<(path: string) => Promise<string>> {
  const server: Server = createServer(listener)
  const metrics = new Metrics(server, { storage: 'memory://', instance: 'web-1', log: () => undefined, ...options })
  t.after(() => metrics.close())
  t.after(() => server.close().closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
}

async function rows(get: (path: string) => Promise<string>, path: string): Promise<Row[]> {
  return (JSON.parse(await get(path)) as { data: Row[] }).data
}

/** Asks until an answer is as it should be. */
async function until<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask()
    if (right(answer) || tries === 100) return answer
    await sleep(50)
  }
}

test('process and machine can be asked at once, and everything after a second', async (t) => {
  const get = await running(t, {}, (_, response) => response.end())
  const [first] = await until(
    () => rows(get, '/metrics/system'),
    (all) => all.length > 0
  )
  assert.deepEqual([first?.['instance'], first?.['running'], first?.['starts']], ['web-1', true, 1])
  assert.ok(Number(first?.['memory_mb']) > 10 && Number(first?.['heap_mb']) > 1)
  const [row] = await until(
    () => rows(get, '/metrics/system'),
    ([one]) => typeof one?.['cpu_percent'] === 'number'
  )
  for (const key of [
    'cpu_percent',
    'memory_percent',
    'disk_percent',
    'disk_free_mb',
    'open_files',
    'load_1m',
    'event_loop_p99_ms',
    'event_loop_utilization',
    'heap_percent',
    'active_handles',
  ]) {
    assert.equal(typeof row?.[key], 'number', key)
  }
  const snapshot = await until(
    async () => JSON.parse(await get('/metrics')) as Row,
    (one) => one['event_loop_p99_ms'] !== null
  )
  for (const key of ['cpu_percent', 'memory_mb', 'memory_percent', 'disk_percent', 'event_loop_p99_ms']) {
    assert.equal(typeof snapshot[key], 'number', key)
  }
  const text = await get('/metrics?format=prometheus')
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_delay_seconds_bucket',
    'process_starts_total',
  ]) {
    assert.match(text, new RegExp(`^${name}\\{.*instance="web-1"`, 'm'))
  }
  const [queried] = await rows(get, '/metrics/query?metric=memory_mb&group_by=instance')
  assert.equal(queried?.['instance'], 'web-1')
})

test('the table of system metrics has a row soon, with percentages', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-system-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.db')
  const metrics = new Metrics({
    storage: `sqlite://${path}`,
    instance: 'web-1',
    system: { every: '100ms' },
    flushEvery: '50ms',
  })
  t.after(() => metrics.close())
  await metrics.ready
  const file = new DatabaseSync(path)
  const read = (): Promise<Row[]> =>
    Promise.resolve(file.prepare('SELECT * FROM system_metrics').all() as unknown as Row[])
  const [row, more] = await until(read, (all) => all.length > 0)
  file.close()
  assert.equal(more, undefined, 'one a minute')
  for (const key of ['cpu', 'memory', 'disk']) assert.ok(Number(row?.[key]) >= 0 && row?.[key] !== null, key)
  assert.ok(Math.abs(Number(row?.['timestamp']) - Date.now() / 1000) < 60)
  assert.equal(row?.['labels'], '{"instance":"web-1"}')
})

test('off, nothing of it is read, and all else goes on', async (t) => {
  const get = await running(t, { system: false, health: false }, (_, response) => {
    burn(60)
    response.end()
  })
  await get('/hello')
  assert.deepEqual(await rows(get, '/metrics/system'), [])
  const [row] = await rows(get, '/metrics/endpoints')
  assert.deepEqual([row?.['requests'], row?.['blocking_ms']], [1, 0])
  const snapshot = JSON.parse(await get('/metrics')) as Row
  assert.deepEqual([snapshot['cpu_percent'], snapshot['disk_percent']], [null, null])
})

test('the option says what is wrong with it', () => {
  const made = (system: unknown) => () => new Metrics({ storage: 'memory://', system: system as never })
  for (const [system, message] of [
    ['10s', /`system` is '10s'.*\{ every: '10s' \}/],
    [{ evry: '1s' }, /has the key 'evry'.*every/],
    [{ every: 10 }, /`system.every` is 10/],
    [{ every: '1ms' }, /`system.every` is '1ms'.*100ms/],
  ] as const) {
    assert.throws(
      made(system),
      (error) => error instanceof MetricsError && error.code === 'bad_option' && message.test(error.message)
    )
  }
})

test('the environment can turn it off, and nothing but on and off', (t) => {
  t.after(() => delete process.env['METRICS_SYSTEM'])
  process.env['METRICS_SYSTEM'] = 'perhaps'
  assert.throws(() => new Metrics({ storage: 'memory://' }), /METRICS_SYSTEM/)
  process.env['METRICS_SYSTEM'] = 'off'
  const metrics = new Metrics({ storage: 'memory://' })
  return metrics.close()
})

test('a process that has nothing more to do ends', async () => {
  const code = `import { Metrics } from ${JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)))}
    new Metrics({ storage: 'memory://', system: { every: '100ms' } })
    let rubbish = []
    for (let i = 0; i < 1e6; i++) rubbish.push({ i })`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 })
})

test('what holds up the event loop is held against its endpoint, wherever in its turn it does', async (t) => {
  const get = await running(t, { system: { every: '1s' } }, (request, response) => {
    const work: Record<string, () => unknown> = {
      '/sync': () => {
        burn(100)
        response.end()
      },
      '/before-waiting': () => {
        burn(100)
        setTimeout(() => response.end(), 30)
      },
      '/after-waiting': async () => {
        await sleep(30)
        burn(100)
        response.end()
      },
      '/after-answering': () => {
        response.end()
        burn(100)
      },
      '/microtask': async () => {
        await Promise.resolve()
        burn(100)
        response.end()
      },
      '/stream': async () => {
        await sleep(30)
        burn(60)
        response.write('a')
        await sleep(30)
        burn(60)
        response.end('b')
      },
      '/waiting': () => sleep(150).then(() => response.end()),
    }
    void work[request.url ?? '']?.()
  })
  // Ticks have begun.
  await sleep(100)
  const blocking = ['/sync', '/before-waiting', '/after-waiting', '/after-answering', '/microtask', '/stream']
  for (const path of [...blocking, '/waiting']) await get(path)
  const found = new Map(
    (await rows(get, '/metrics/endpoints')).map((row) => [row['endpoint'], Number(row['blocking_ms'])])
  )
  for (const path of blocking) assert.ok(found.get(path)! > 0, path)
  const [sum] = await rows(get, '/metrics/query?metric=blocking_ms&endpoint=/sync')
  assert.equal(sum?.['value'], found.get('/sync'))
})

test('what no request does is nobody’s', async (t) => {
  const get = await running(t, {}, (_, response) => response.end())
  await sleep(100)
  await get('/innocent')
  burn(120)
  await sleep(60)
  const all = await rows(get, '/metrics/query?metric=blocking_ms&group_by=endpoint')
  const background = all.find((row) => row['endpoint'] === '(background)')
  assert.ok(Number(background?.['value']) > 0)
  assert.deepEqual(
    (await rows(get, '/metrics/endpoints')).map((row) => row['endpoint']),
    ['/innocent']
  )
})

test('two servers of one process that share a store are one process, also when the first of them ends', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-system-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const options = { storage: `sqlite://${join(folder, 'metrics.db')}`, instance: 'web-1', system: { every: '100ms' } }
  const first = new Metrics(createServer(), { ...options, log: () => undefined })
  const second = new Metrics(createServer(), { ...options, log: () => undefined })
  t.after(() => Promise.all([first.close(), second.close()]))
  const count = async (metric: string): Promise<number> => {
    await Promise.all([first.flush(), second.flush()])
    return Number((await second.query({ metric, agg: 'count' })).rows[0]?.['value'] ?? 0)
  }
  await until(
    () => count('uptime_seconds'),
    (seen) => seen > 2
  )
  assert.equal(await count('process_starts'), 1)
  await first.close()
  const before = await second.query({ metric: 'uptime_seconds', agg: 'count' })
  const more = (): Promise<number> =>
    second.query({ metric: 'uptime_seconds', agg: 'count' }).then(({ rows: [row] }) => Number(row?.['value']))
  assert.ok((await until(more, (seen) => seen > Number(before.rows[0]?.['value']))) > Number(before.rows[0]?.['value']))
  assert.equal((await second.query({ metric: 'process_starts' })).total, 1)
})
