import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { STORED, type StoredKey } from '../../src/names.ts'
import { json, NOW, Seed, text } from './seed.ts'

type Answer = Readonly<Record<string, unknown>> & { readonly data: readonly Readonly<Record<string, unknown>>[] }

const MB = 1e6

/** What a process records in a minute. */
function minute(seed: Seed, instance: string, at: number, values: Partial<Record<StoredKey, number>>): void {
  for (const [key, value] of Object.entries(values))
    seed.value(STORED[key as StoredKey], value, at, { instance }, instance)
}

/** Two instances: one that ran all the time but for ten minutes, and one that ended before. */
async function two(): Promise<Seed> {
  const seed = new Seed()
  for (let ago = 59; ago >= 0; ago--) {
    if (ago > 20 && ago <= 30) continue
    const at = NOW - ago * MINUTE - SECOND
    minute(seed, 'web-1', at, { uptime: 100, cpu: ago === 0 ? 40 : 20, memory: 150 * MB, memoryPercent: 30 })
    minute(seed, 'web-1', at, { loopDelay: ago === 5 ? 300_000 : 2_000, disk: 50 })
    seed.value(STORED.gc, 4_000, at, { instance: 'web-1', type: 'minor' }, 'web-1')
  }
  minute(seed, 'web-1', NOW - 20 * MINUTE - SECOND, { starts: 1 })
  seed.value(STORED.gc, 30_000, NOW - MINUTE, { instance: 'web-1', type: 'major' }, 'web-1')
  minute(seed, 'web-2', NOW - 50 * MINUTE, { uptime: 7, cpu: 90, starts: 1 })
  return seed.put()
}

function answer(seed: Seed, path: string): Promise<Answer> {
  return json(seed.reader(), path)
}

test('each instance has a row: how it is now, and what it was over the range', async () => {
  const { data, ...envelope } = await answer(await two(), '/metrics/system')
  assert.deepEqual(envelope, {
    interval: null,
    tz: 'UTC',
    from: '2026-11-22T09:30:00Z',
    to: '2026-11-22T10:30:00Z',
    total: 2,
    instances_running: 1,
    starts: 2,
    up_minutes: 50,
    down_minutes: 10,
    availability_percent: 83.33,
    row_count: 2,
    total_rows: 2,
    next: null,
    warning: null,
  })
  const [one, other] = data
  const { id, running, last_time, up_minutes, down_minutes, starts, cpu_percent, cpu_avg_percent, cpu_max_percent } =
    one!
  assert.deepEqual(
    [id, running, last_time, up_minutes, down_minutes, starts],
    ['web-1', true, '2026-11-22T10:30:00Z', 50, 10, 1]
  )
  assert.deepEqual([cpu_percent, cpu_avg_percent, cpu_max_percent], [40, 20.4, 40])
  assert.deepEqual([one!['memory_mb'], one!['memory_percent'], one!['disk_percent']], [150, 30, 50])
  assert.deepEqual([one!['event_loop_p50_ms'], one!['event_loop_p99_ms'], one!['event_loop_max_ms']], [2, 300, 300])
  assert.deepEqual([one!['gc_ms'], one!['gc_minor_ms'], one!['gc_major_ms'], one!['gc_count']], [230, 200, 30, 51])
  assert.deepEqual([one!['gc_weakcb_ms'], one!['open_files'], one!['container_memory_mb']], [null, null, null])
  assert.deepEqual(
    [other!['id'], other!['running'], other!['up_minutes'], other!['down_minutes']],
    ['web-2', false, 1, 0]
  )
})

test('with a width of time there is a row for each instance and bucket', async () => {
  const { data, interval } = await answer(await two(), '/metrics/system?group_by=30m&instance=web-1')
  assert.equal(interval, '30m')
  assert.deepEqual(
    data.map((row) => [row['id'], row['label'], row['up_minutes'], row['down_minutes'], row['cpu_percent']]),
    [
      ['web-1:1795339800', '2026-11-22 09:30', 29, 1, 20],
      ['web-1:1795341600', '2026-11-22 10:00', 21, 9, 40],
    ]
  )
})

test('time in which nothing ran before the range began is down as well, if something ever had', async () => {
  const seed = new Seed()
  minute(seed, 'old', NOW - 3 * DAY, { uptime: 1 })
  minute(seed, 'new', NOW - 15 * MINUTE, { uptime: 1, starts: 1 })
  for (let ago = 14; ago >= 0; ago--) minute(seed, 'new', NOW - ago * MINUTE - SECOND, { uptime: 1 })
  const { up_minutes, down_minutes, total } = await answer(await seed.put(), '/metrics/system')
  assert.deepEqual([up_minutes, down_minutes, total], [15, 45, 1])
})

test('an instance that was down when the range began was down until it came back', async () => {
  const seed = new Seed()
  minute(seed, 'web-1', NOW - 2 * HOUR, { uptime: 1 })
  for (let ago = 29; ago >= 0; ago--) minute(seed, 'web-1', NOW - ago * MINUTE - SECOND, { uptime: 1 })
  const { data } = await answer(await seed.put(), '/metrics/system')
  assert.deepEqual([data[0]?.['up_minutes'], data[0]?.['down_minutes']], [30, 30])
})

test('a new installation was not down before it was there', async () => {
  const seed = new Seed()
  minute(seed, 'web-1', NOW - SECOND, { uptime: 1 })
  const { up_minutes, down_minutes, availability_percent } = await answer(await seed.put(), '/metrics/system')
  assert.deepEqual([up_minutes, down_minutes, availability_percent], [1, 0, 100])
  const empty = await answer(await new Seed().put(), '/metrics/system')
  assert.deepEqual([empty.data, empty['total'], empty['down_minutes'], empty['availability_percent']], [[], 0, 0, null])
})

test('what is sealed tells minutes just as well', async () => {
  const seed = await two()
  const before = await answer(seed, '/metrics/system?from=3h')
  await seed.seal()
  const after = await answer(seed, '/metrics/system?from=3h')
  assert.deepEqual(after, before)
})

test('rows keep the rules of all lists', async () => {
  const seed = await two()
  const { data } = await answer(seed, '/metrics/system?order=-cpu_percent&limit=1')
  assert.equal(data[0]?.['id'], 'web-2')
  const { next } = await answer(seed, '/metrics/system?limit=1')
  assert.equal(next, 'https://app.example.com/metrics/system?limit=1&offset=1')
  for (const group of ['', '&group_by=hour']) {
    const real = await answer(seed, `/metrics/system?from=1h${group}`)
    const sampled = await answer(seed, `/metrics/system?sample=1${group}`)
    assert.deepEqual(Object.keys(sampled.data[0]!), Object.keys(real.data[0]!))
    assert.ok(Object.values(sampled.data[0]!).every((value) => value !== null))
    for (const value of Object.values(real.data[0]!)) assert.ok(value === null || typeof value !== 'object')
  }
  const csv = await text(seed.reader(), '/metrics/system?format=csv')
  assert.match(csv, /^instance,running,last_time,up_minutes,down_minutes,starts,/)
  const strange = await answer(seed, '/metrics/system?group_by=endpoint')
  assert.equal(strange['error'], 'bad_group_by')
  assert.equal((await answer(seed, '/metrics/system?order=nothing'))['error'], 'bad_shape')
  assert.equal((await answer(seed, '/metrics/system?_=1795&instance=web-2')).data.length, 1)
})

test('percentiles of the event loop are asked for like any metric, over all instances or one', async () => {
  const seed = await two()
  const query = (path: string): Promise<Answer> => answer(seed, `/metrics/query?from=1h&${path}`)
  assert.deepEqual((await query('metric=event_loop_p99_ms')).data[0]?.['value'], 300)
  assert.deepEqual((await query('metric=event_loop_p50_ms')).data[0]?.['value'], 2)
  assert.deepEqual((await query('metric=event_loop_max_ms&group_by=instance')).data[0]?.['instance'], 'web-1')
  assert.deepEqual((await query('metric=event_loop_p99_ms&agg=avg')).data[0]?.['value'], 7.96)
  assert.deepEqual((await query('metric=cpu_percent&group_by=instance&agg=max')).data.length, 2)
  const { data } = await answer(seed, '/metrics/metrics')
  const row = data.find((one) => one['metric'] === 'event_loop_p99_ms')
  assert.deepEqual([row?.['type'], row?.['unit'], row?.['built_in']], ['histogram', 'ms', true])
})

test('what held up the event loop is a column of endpoints, and no endpoint of its own', async () => {
  const seed = new Seed()
  seed.request('GET', '/report', 200, 300, NOW - SECOND)
  seed.value(STORED.blocking, 280_500, NOW - SECOND, { endpoint: '/report', method: 'GET' })
  seed.value(STORED.blocking, 50_000, NOW - SECOND, { endpoint: '(background)' })
  const { data } = await answer(await seed.put(), '/metrics/endpoints')
  assert.deepEqual(
    data.map((row) => [row['id'], row['blocking_ms']]),
    [['GET /report', 280.5]]
  )
})

test('rows of the table of system metrics are no events for those who poll for all', async () => {
  const seed = new Seed()
  seed.event({ kind: 'system', name: 'system', time: NOW - SECOND, labels: { instance: 'web-1' } })
  seed.event({ kind: 'deploy', name: 'v2', time: NOW - SECOND })
  const kinds = async (path: string): Promise<unknown> =>
    (await answer(await seed.put(), path)).data.map((row) => row['kind'])
  assert.deepEqual(await kinds('/metrics/events'), ['deploy'])
  assert.deepEqual(await kinds('/metrics/events?kind=system'), ['system'])
})

test('a scraper hears nothing of processes that have ended', async () => {
  const seed = new Seed()
  for (const [instance, ago] of [
    ['web-"1"', 1],
    ['web-2', 60],
  ] as const) {
    minute(seed, instance, NOW - ago * MINUTE, { uptime: 60, cpuTime: 1000, starts: 1, loopDelay: 100 })
    seed.value(STORED.gc, 4_000, NOW - ago * MINUTE, { instance, type: 'minor' }, instance)
  }
  const exposed = await text((await seed.put()).reader(), '/metrics', { accept: 'text/plain;version=0.0.4' })
  assert.match(exposed, /^process_cpu_seconds_total\{instance="web-\\"1\\""\} 0.001$/m)
  for (const name of [
    'nodejs_gc_duration_seconds_count',
    'nodejs_eventloop_delay_seconds_count',
    'process_starts_total',
    'process_uptime_seconds',
  ])
    assert.ok(exposed.includes(`\n${name}{instance="web-\\"1\\""`), name)
  assert.ok(!exposed.includes('web-2'))
})
