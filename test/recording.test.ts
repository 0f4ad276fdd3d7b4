import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Metrics, type Options } from '../src/index.ts'
import { memory, MemoryStore } from '../src/storage/memory.ts'

interface Body {
  readonly total: number | null
  readonly warning: string | null
  readonly data: readonly Readonly<Record<string, unknown>>[]
}

function setUp(t: TestContext, options: Options = {}) {
  const lines: string[] = []
  const metrics = new Metrics({
    storage: 'memory://',
    release: 'v0',
    log: (line: string) => lines.push(line),
    ...options,
  })
  t.after(() => metrics.close())
  const get = async (path: string): Promise<Body> => {
    const answer = await metrics.fetch(new Request(`http://localhost/metrics/${path}`), { address: '127.0.0.1' })
    return (await answer.json()) as Body
  }
  return { metrics, lines, get }
}

test('timed work is a histogram by how it ended, and what it threw is listed', async (t) => {
  const { metrics, get } = setUp(t)
  assert.equal(
    metrics.time('import', () => 5, { source: 'csv' }),
    5
  )
  assert.equal(await metrics.time('import', async () => 6, { source: 'csv' }), 6)
  assert.equal(await metrics.time('import', async () => 7), 7)
  const boom = new TypeError('boom')
  await assert.rejects(
    metrics.time('import', () => Promise.reject(boom), { source: 'csv' }),
    (error) => error === boom
  )
  const { data } = await get('query?metric=import_ms&group_by=source,outcome&agg=count,p95&order=label')
  assert.deepEqual(
    data.map(({ source, outcome, count }) => [source, outcome, count]),
    [
      [null, 'ok', 1],
      ['csv', 'error', 1],
      ['csv', 'ok', 2],
    ]
  )
  const errors = await get('errors')
  assert.deepEqual(
    errors.data.map(({ type, message, count }) => [type, message, count]),
    [['TypeError', 'boom', 1]]
  )
  const [event] = (await get('events?kind=error')).data
  assert.equal(event?.['labels'], 'job=import source=csv')
  assert.equal((await get('metrics?metric=import_ms')).data[0]?.['unit'], 'ms')
})

test('work that takes a while takes as long as it takes, side by side', async (t) => {
  const { metrics, get } = setUp(t)
  const wait = (ms: number) => () => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms))
  assert.deepEqual(await Promise.all([metrics.time('job', wait(40)), metrics.time('job_ms', wait(5))]), [40, 5])
  const { data } = await get('query?metric=job_ms&agg=count,min,max')
  assert.equal(data[0]?.['count'], 2)
  assert.ok(Number(data[0]?.['max']) >= 38 && Number(data[0]?.['min']) < Number(data[0]?.['max']))
})

test('an error that timed work threw and a route passed on is one error', async (t) => {
  const { metrics, get } = setUp(t)
  const fails = () =>
    metrics.time('inner', () => {
      throw new Error('once')
    })
  assert.throws(() => metrics.time('outer', fails), /once/)
  assert.deepEqual(
    (await get('errors')).data.map(({ count }) => count),
    [1]
  )
  assert.equal((await get('query?metric=outer_ms&label.outcome=error&agg=count')).total, 1)
})

test('what is no function is given back; after close work is still done', async (t) => {
  const { metrics, lines } = setUp(t)
  const promise = Promise.resolve(5)
  assert.equal(metrics.time('x', promise as never), promise)
  assert.match(lines[0]!, /'x' wants a function.*recording\.test\.ts/)
  await metrics.close()
  assert.equal(
    metrics.time('x', () => 5),
    5
  )
})

test('a metric that cannot be timed does not hold up the work', (t) => {
  const { metrics, lines } = setUp(t)
  for (const name of ['no name', '', 5, undefined, 'http_latency', 'x'.repeat(500)]) {
    assert.equal(
      metrics.time(name as string, () => 5),
      5
    )
  }
  metrics.time('fine', () => 5, 'labels' as never)
  assert.ok(lines.length > 0)
})

test('a deploy is an event, of all processes and restarts one; a new release is one by itself', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  for (const release of ['v1', 'v2']) {
    const processes = Array.from({ length: 3 }, () => new Metrics({ storage, release }))
    for (const metrics of processes) metrics.deploy(`shop ${release}`)
    await Promise.all(processes.map((metrics) => metrics.flush()))
    await Promise.all(processes.map((metrics) => metrics.close()))
  }
  const { get } = setUp(t, { storage, release: 'v1' })
  const { data } = await get('events?kind=deploy')
  const names = data.map(({ name }) => String(name)).reverse()
  assert.deepEqual(names, ['v1', 'shop v1', 'v2', 'shop v2'])
})

test('a deploy that is said before the storage opens, or while it fails, is marked later', async (t) => {
  const store = new MemoryStore()
  const inner = memory({ store })
  let broken = true
  const storage = new Proxy(inner, {
    get(target, name) {
      const value = target[name as 'open'] as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) =>
        broken ? Promise.reject(new Error('not yet')) : (value as (...all: unknown[]) => unknown).apply(target, args)
    },
  })
  const { metrics, lines } = setUp(t, { storage, release: undefined as never })
  metrics.deploy('v7')
  assert.equal(await metrics.flush(), false)
  broken = false
  assert.equal(await metrics.flush(), true)
  const deploys = store.events.filter(({ kind }) => kind === 'deploy')
  assert.ok(deploys.some(({ name }) => name === 'v7'))
  assert.ok(lines.every((line) => line.includes('not yet')))
})

test('a version that is none marks nothing', async (t) => {
  const { metrics, lines, get } = setUp(t)
  for (const version of [undefined, null, '', '  ', {}, NaN as unknown as string]) metrics.deploy(version as string)
  assert.deepEqual(
    (await get('events?kind=deploy')).data.map(({ name }) => name),
    ['NaN', 'v0']
  )
  assert.equal(lines.length, 1)
})

test('a gauge whose function throws, gives nonsense, rejects or never answers harms nobody', async (t) => {
  const { metrics, lines, get } = setUp(t)
  metrics.gauge('throws', () => {
    throw new Error('no pool')
  })
  metrics.gauge('nan', () => NaN)
  metrics.gauge('nothing', () => undefined as never)
  metrics.gauge('rejects', () => Promise.reject(new Error('no answer')))
  metrics.gauge('never', () => new Promise<number>(() => undefined))
  metrics.gauge('twice', () => 1)
  metrics.gauge('twice', () => 2)
  metrics.gauge('late', () => Promise.resolve(7))
  metrics.gauge('unit', { unit: 'jobs' }).set(3)
  metrics.gauge('makes', () => {
    metrics.gauge('made', () => 4)
    return 5
  })
  await metrics.flush()
  for (let i = 0; i < 5; i++) await Promise.resolve()
  const value = async (name: string) => (await get(`query?metric=${name}`)).total
  assert.deepEqual([await value('twice'), await value('late'), await value('unit'), await value('makes')], [2, 7, 3, 5])
  for (const name of ['throws', 'nan', 'nothing', 'rejects', 'never']) assert.equal(await value(name), null)
  assert.equal(lines.length, 4)
  assert.match(lines.join('\n'), /'throws': no pool.*'rejects': no answer/s)
})

test('an overflow is said once with metric, label and place, and the catalogue says since when, also after a restart', async (t) => {
  const store = new MemoryStore()
  const { metrics, lines } = setUp(t, { storage: memory({ store }), maxSeriesPerMetric: 10 })
  for (let i = 0; i < 50; i++) metrics.track('revenue', 1, { plan: i % 2 === 0 ? 'pro' : 'team', user_id: `u${i}` })
  await metrics.close()
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /'revenue'.*'user_id'.*recording\.test\.ts/)
  const { get } = setUp(t, { storage: memory({ store }) })
  const [row] = (await get('metrics?metric=revenue')).data
  assert.equal(row?.['overflow_label'], 'user_id')
  assert.match(String(row?.['overflow_since']), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal((await get('metrics?metric=http_requests')).data[0]?.['overflow_label'], null)
})

test('what a route throws out of timed work is answered by the app, and listed once', async (t) => {
  const { metrics, get } = setUp(t)
  const server = createServer((_, response) => {
    try {
      metrics.time('work', () => {
        throw new Error('in a route')
      })
    } catch {
      response.statusCode = 500
      response.end('sorry')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  assert.deepEqual([answer.status, await answer.text()], [500, 'sorry'])
  assert.ok((await get('errors')).data.some(({ message, count }) => message === 'in a route' && count === 1))
})

test('what is no labels is refused as a whole, in no time, and nothing is thrown', async (t) => {
  const { metrics, lines, get } = setUp(t)
  const long = 'x'.repeat(1_000_000)
  const bare: unknown = Object.create(null)
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`l${at}`, at]))
  const began = performance.now()
  for (const labels of [long, Buffer.from(long), Array.from(long), many, { plan: bare }, { plan: Symbol('x') }, 5]) {
    metrics.track('sales', 1, labels as never)
    metrics.counter('jobs').add(1, labels as never)
    metrics.time('import', () => 5, labels as never)
    metrics.cost('sms', 1, labels as never)
  }
  assert.ok(performance.now() - began < 3_000)
  assert.ok(lines.some((line) => line.includes("the labels of 'sales' are the text 'xxx")))
  for (const options of [null, 5] as never[]) {
    metrics.counter('jobs', options).add(1)
    metrics.histogram('sizes', options).observe(1)
    metrics.unique('users', options).add('a')
    metrics.gauge('depth', options).set(1)
  }
  metrics.cost('sms', Object.create(null) as never)
  metrics.counter(Object.create(null) as never).add(1)
  await metrics.flush()
  const { data } = await get('metrics?shape=envelope')
  const given = data.filter((row) => row['built_in'] === false && row['metric'] !== 'deploys')
  const own = given.map((row) => [row['metric'], row['labels']])
  assert.deepEqual(own, [
    ['depth', 'instance'],
    ['jobs', ''],
    ['sizes', ''],
    ['users', ''],
  ])
  await assert.rejects(metrics.query({ metric: 'jobs', from: Number.NaN }), { code: 'bad_time' })
  assert.equal((await metrics.query({ metric: 'jobs', where: null as never })).total, 2)
  for (const more of [{ shape: 'rows' }, { format: 'csv' }, { shape: 'wide' }]) {
    const { rows } = await metrics.query({ metric: 'jobs', ...more })
    assert.equal(rows.length, 1, JSON.stringify(more))
  }
})
