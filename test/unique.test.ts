import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Metrics, type Options, type StorageDriver } from '../src/index.ts'
import { memory } from '../src/storage/memory.ts'
import { complaint, openMetricsComplaint } from './exporters/promtool.ts'

const ENTRY = new URL(`../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href
const LOOPBACK = { address: '127.0.0.1' }

function quiet(storage: Options['storage'], lines: string[] = []): Metrics {
  return new Metrics({ storage: storage!, log: (line: string) => void lines.push(line) })
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pocketmetrics-unique-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a script against the library in a process of its own. */
async function script(folder: string, source: string): Promise<string> {
  const code = `import { Metrics } from ${JSON.stringify(ENTRY)}\n${source}`
  const args = ['--input-type=module', '-e', code]
  return (await promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 30_000 })).stdout
}

async function total(metrics: Metrics, metric: string = 'active_users'): Promise<number | null> {
  return (await metrics.query({ metric, from: '30d' })).total
}

async function get(metrics: Metrics, path: string, accept: string = 'application/json'): Promise<Response> {
  const request = new Request(`http://localhost${path}`, { headers: { accept, host: 'localhost' } })
  return metrics.fetch(request, LOOPBACK)
}

async function json(
  metrics: Metrics,
  path: string
): Promise<Record<string, unknown> & { data: Record<string, unknown>[] }> {
  return (await (await get(metrics, path)).json()) as never
}

/** 40 users, half of them on pro; five of those were on free before. */
function visit(metrics: Metrics): void {
  const users = metrics.unique('active_users')
  for (let round = 0; round < 3; round++) {
    for (let id = 0; id < 40; id++) users.add(id, { plan: id < 20 ? 'pro' : 'free' })
  }
  for (let id = 0; id < 5; id++) users.add(String(id), { plan: 'free' })
}

test('daily actives of the last thirty days, by plan and in all', async () => {
  const metrics = quiet('memory://')
  visit(metrics)
  const { rows, agg, unit, total: all } = await metrics.query({ metric: 'active_users', from: '30d', groupBy: 'day' })
  assert.deepEqual(
    [rows.length, rows.at(-1)!['value'], rows[0]!['value'], agg, unit, all],
    [30, 40, 0, 'unique', 'count', 40]
  )
  const byPlan = await metrics.query({ metric: 'active_users', from: '30d', groupBy: 'plan' })
  assert.deepEqual(
    byPlan.rows.map(({ plan, value }) => [plan, value]),
    [
      ['free', 25],
      ['pro', 20],
    ]
  )
  assert.equal(byPlan.total, 40)
  await metrics.close()
})

test('ids that are none, and kinds that clash, are counted as dropped and warned of once', async () => {
  const lines: string[] = []
  const metrics = quiet('memory://', lines)
  for (let i = 0; i < 3; i++) metrics.unique('active_users').add('')
  metrics.unique('active_users').add({} as never)
  metrics.unique('active_users').add(NaN)
  metrics.unique('active_users').add('ann')
  metrics.counter('active_users').add(1)
  metrics.unique('no name').add('ann')
  metrics.unique('active_users').add('ann', null as never)
  metrics.unique('http_requests').add('ann')
  assert.equal(await total(metrics), 1)
  assert.equal(lines.length, 4, lines.join('\n'))
  assert.equal((await json(metrics, '/metrics'))['dropped'], 8)
  await metrics.close()
  metrics.unique('active_users').add('bob')
})

test('every answer knows the kind: snapshot, catalogue, query, refusals', async () => {
  const metrics = quiet('memory://')
  visit(metrics)
  metrics.unique('devices', { unit: 'devices' }).add('a')
  const [row] = (await json(metrics, '/metrics')).data
  const { last_time: time, ...rest } = row!
  assert.deepEqual(rest, {
    id: 'active_users',
    metric: 'active_users',
    type: 'unique',
    unit: 'count',
    today: 40,
    last_24h: 40,
    last_value: null,
  })
  assert.equal(typeof time, 'string')
  const known = (await json(metrics, '/metrics/metrics?metric=devices,active_users')).data
  assert.deepEqual(
    known.map((each) => [each['metric'], each['type'], each['unit'], each['percentiles'], each['label_values']]),
    [
      ['active_users', 'unique', 'count', false, 'plan=free|pro'],
      ['devices', 'unique', 'devices', false, ''],
    ]
  )
  assert.equal((await json(metrics, '/metrics/query?metric=devices'))['unit'], 'devices')
  const refused = await get(metrics, '/metrics/query?metric=active_users&agg=p95')
  const body = (await refused.json()) as Record<string, unknown>
  assert.deepEqual([refused.status, body['error'], body['parameter']], [400, 'bad_agg', 'agg'])
  assert.match(String(body['message']), /only how many different ones/)
  assert.equal(body['hint'], 'active_users has: count, unique.')
  const never = await json(metrics, '/metrics/query?metric=active_user&agg=unique')
  assert.deepEqual(
    [never.data, never['warning']],
    [[], 'No metric called active_user has been recorded yet. Did you mean active_users?']
  )
  await metrics.close()
})

test('exports have the estimates: CSV, JSON, NDJSON', async () => {
  const metrics = quiet('memory://')
  visit(metrics)
  const path = '/metrics/export?metric=active_users&group_by=plan&from=1h&agg=unique,count'
  const csv = await (await get(metrics, `${path}&format=csv`)).text()
  assert.equal(csv.split('\r\n')[0], 'metric,plan,value,unique,count,share_percent')
  assert.equal(csv.split('\r\n')[1], 'active_users,free,25,25,65,62.5')
  const rows = (await (await get(metrics, `${path}&format=json`)).json()) as Record<string, unknown>[]
  assert.deepEqual(
    rows.map((each) => each['unique']),
    [25, 20]
  )
  const lines = (await (await get(metrics, `${path}&format=ndjson`)).text()).trim().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { count: number }).count),
    [65, 60]
  )
  await metrics.close()
})

test('Prometheus sees a gauge of the last 24 hours for each label set, in both formats', async () => {
  const metrics = quiet('memory://')
  visit(metrics)
  metrics.unique('active_users_24h').add('x')
  metrics.gauge('depth').set(3)
  const text = await (await get(metrics, '/metrics?format=prometheus')).text()
  assert.equal(complaint(text), '')
  assert.match(
    text,
    /^# HELP active_users_24h active_users: different ones in the last 24 hours, within 2 percent; .*do not add up$/m
  )
  assert.match(text, /^# TYPE active_users_24h gauge$/m)
  assert.match(text, /^active_users_24h\{plan="free"\} 25$/m)
  assert.match(text, /^active_users_24h\{plan="pro"\} 20$/m)
  assert.match(text, /^active_users_24h_24h 1$/m)
  const open = await (await get(metrics, '/metrics?format=openmetrics')).text()
  assert.equal(openMetricsComplaint(open), '')
  assert.match(open, /^active_users_24h\{plan="pro"\} 20$/m)
  const one = await (await get(metrics, '/metrics/query?metric=depth&format=prometheus')).text()
  assert.doesNotMatch(one, /active_users/)
  await metrics.close()
})

test('four processes on one file, and a fifth after a restart, count each id once; no id is anywhere', async () => {
  await inFolder(async (folder) => {
    const work = (part: number): string => `
      const metrics = new Metrics({ storage: 'sqlite://metrics.db' })
      const users = metrics.unique('active_users')
      for (let id = 0; id < 1500; id++) if (id % 4 === ${part} || id % 5 === 0) users.add('user-' + id + '@example.com')
      await metrics.close()`
    await Promise.all([0, 1, 2, 3].map((part) => script(folder, work(part))))
    await script(folder, work(3))
    const metrics = quiet(`sqlite://${join(folder, 'metrics.db')}`)
    metrics.unique('active_users').add('user-7@example.com')
    assert.equal(await total(metrics), 1500)
    await metrics.close()
    for (const name of await readdir(folder)) {
      assert.equal((await readFile(join(folder, name))).includes('@example.com'), false, name)
    }
  })
})

test('an id counts from the first tick, also of a process that ends at once', async () => {
  await inFolder(async (folder) => {
    await script(folder, `new Metrics({ storage: 'sqlite://metrics.db' }).unique('active_users').add('ann')`)
    await script(folder, `new Metrics({ storage: 'sqlite://metrics.db' }).unique('active_users').add('bob')`)
    const metrics = quiet(`sqlite://${join(folder, 'metrics.db')}`)
    assert.equal(await total(metrics), 2)
    await metrics.close()
  })
})

/** A driver in memory whose calls fail while `down` says so. */
function failing(state: { down: boolean }): StorageDriver {
  return new Proxy(memory(), {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (state.down) throw new Error('no answer')
        return Reflect.apply(value as (...all: unknown[]) => unknown, target, args)
      }
    },
  })
}

test('while the store is away ids wait, a flush says so, and all of them count when it is back', async () => {
  const state = { down: true }
  const metrics = quiet(failing(state))
  visit(metrics)
  assert.equal(await metrics.flush(), false)
  visit(metrics)
  state.down = false
  assert.equal(await metrics.flush(), true)
  assert.equal(await total(metrics), 40)
  state.down = true
  metrics.unique('active_users').add('somebody')
  assert.equal(await metrics.flush(), false)
  state.down = false
  assert.equal(await total(metrics), 41)
  await metrics.close()
})

test('where the file cannot be written, ids are counted in memory; the next start has the secret of the file', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'metrics.db')
    const first = quiet(`sqlite://${file}`)
    first.unique('active_users').add('ann')
    await first.close()
    // A folder cannot be where a file is.
    const fallback = quiet(`sqlite://${join(file, 'metrics.db')}`)
    fallback.unique('active_users').add('ann')
    fallback.unique('active_users').add('bob')
    assert.equal(await total(fallback), 2)
    await fallback.close()
    const again = quiet(`sqlite://${file}`)
    again.unique('active_users').add('ann')
    assert.equal(await total(again), 1)
    await again.close()
  })
})
