import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { Sum } from '../../src/core/sum.ts'
import { STORED } from '../../src/names.ts'
import type { Reader } from '../../src/query/query.ts'
import { MemoryStore, memory } from '../../src/storage/memory.ts'
import { complaint, openMetricsComplaint } from '../exporters/promtool.ts'
import { Seed, NOW, ask, text, tracked } from './seed.ts'

const SCRAPER = { accept: 'text/plain; version=0.0.4' }
const jobs = { name: 'jobs_done', kind: 'counter', unit: 'count', buckets: false }
const queue = { name: 'queue_depth', kind: 'gauge', unit: 'count', buckets: false }

async function scraped(reader: Reader, now: number): Promise<Map<string, number>> {
  const lines = (await text(reader, '/metrics', { ...SCRAPER, now })).split('\n')
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
  )
}

test('a scrape shows counters, gauges, histograms and tracked values since the store began', async () => {
  const seed = new Seed()
  seed.value(jobs, 2, NOW - 3 * DAY, { queue: 'mail' }).value(jobs, 3, NOW - MINUTE, { queue: 'mail' })
  seed.value(queue, 7, NOW - HOUR).value(queue, 4, NOW - SECOND)
  seed
    .value(tracked('revenue', 'USD'), 49, NOW - DAY, { plan: 'pro' })
    .value(tracked('revenue', 'USD'), -9.5, NOW, { plan: 'pro' })
  seed
    .request('GET', '/users/:id', 200, 4, NOW)
    .request('GET', '/users/:id', 200, 30, NOW)
    .request('GET', '/users/:id', 200, 30_000, NOW)
  await seed.put()
  await seed.seal()
  const reader = seed.reader()
  const samples = await scraped(reader, NOW)
  const latency = 'http_request_duration_seconds'
  const labels = 'endpoint="/users/:id",method="GET",status="200"'
  assert.equal(samples.get('jobs_done_total{queue="mail"}'), 5)
  assert.equal(samples.get('queue_depth'), 4)
  assert.equal(samples.get('revenue_sum{plan="pro"}'), 39.5)
  assert.equal(samples.get('revenue_count{plan="pro"}'), 2)
  assert.equal(samples.get(`http_requests_total{${labels}}`), 3)
  assert.equal(samples.get(`${latency}_bucket{${labels},le="0.005"}`), 1)
  assert.equal(samples.get(`${latency}_bucket{${labels},le="0.025"}`), 1)
  assert.equal(samples.get(`${latency}_bucket{${labels},le="0.05"}`), 2)
  assert.equal(samples.get(`${latency}_bucket{${labels},le="10.0"}`), 2)
  assert.equal(samples.get(`${latency}_bucket{${labels},le="+Inf"}`), 3)
  assert.equal(samples.get(`${latency}_sum{${labels}}`), 30.034)
  assert.equal(complaint(await text(reader, '/metrics', SCRAPER)), '')
  const open = await ask(reader, '/metrics', { accept: 'application/openmetrics-text; version=1.0.0' })
  assert.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  assert.equal(openMetricsComplaint(new TextDecoder().decode(open.body)), '')
  assert.match(
    await text(reader, '/metrics/export?format=prometheus&metric=revenue'),
    /^# HELP revenue .*\n# TYPE revenue summary\nrevenue_sum\{plan="pro"\} 39\.5\nrevenue_count\{plan="pro"\} 2\n$/
  )
})

test('totals are exact and never fall, while minutes are put again, sealed and pruned; what comes late is added later', async () => {
  const store = new MemoryStore()
  const seed = new Seed(memory({ store }))
  const late = { ...jobs, name: 'late_jobs' }
  const reader = seed.reader()
  let [lates, seen] = [0, 0]
  let now = NOW - 3 * DAY
  for (let step = 0; step < 400; step++) {
    now += (step % 7 === 0 ? 20 : 3) * MINUTE
    const writer = `w${step % 3}`
    // Tenths do not add up in doubles: the sum must not wobble as it moves from open to sealed boxes.
    seed.value(jobs, 0.1, now, {}, writer)
    seed.value(STORED.latency, 4_000 * (1 + (step % 9)), now, {}, writer)
    if (step % 11 === 3) {
      seed.value(late, 1, now - 40 * MINUTE, {}, `late${step}`)
      lates++
    }
    await seed.put(step % 2 === 0)
    if (step % 2 === 1) await seed.put()
    if (step % 4 === 0) await seed.seal(now)
    if (step % 50 === 49)
      for (const [tier, age] of [
        ['1m', 2],
        ['15m', 30],
        ['1h', 30],
      ] as const)
        await seed.driver.prune(tier, now - age * HOUR)
    const fresh = new Seed(memory({ store }))
    await fresh.driver.open()
    const readers = step % 100 === 99 ? [reader, fresh.reader()] : [reader]
    for (const one of readers) {
      const samples = await scraped(one, now)
      assert.equal(samples.get('jobs_done_total'), exactTenths(step + 1), `step ${step}`)
      assert.equal(samples.get('http_request_duration_seconds_bucket{le="+Inf"}'), step + 1)
      const below = Math.floor(step / 9) * 6 + Math.min(6, (step % 9) + 1)
      assert.equal(samples.get('http_request_duration_seconds_bucket{le="0.025"}'), below)
      const found = samples.get('late_jobs_total') ?? 0
      assert.ok(found >= seen && found <= lates, `${seen} ≤ ${found} ≤ ${lates}`)
      if (one !== reader) assert.equal(found, lates)
      seen = found
    }
  }
  for (let i = 0; i < 48; i++) await scraped(reader, now + i * SECOND)
  assert.equal((await scraped(reader, now + MINUTE)).get('late_jobs_total'), lates)
})

/** The sum of `count` times 0.1, rounded once. */
function exactTenths(count: number): number {
  const sum = new Sum()
  for (let i = 0; i < count; i++) sum.add(0.1)
  return sum.value
}

test('what was pruned since the last scrape is still counted', async () => {
  const seed = new Seed()
  seed.value(jobs, 5, NOW - 10 * MINUTE)
  await seed.put()
  await seed.seal()
  const reader = seed.reader()
  assert.equal((await scraped(reader, NOW)).get('jobs_done_total'), 5)
  for (const tier of ['1m', '15m', '1h', '1d', 'open'] as const) await seed.driver.prune(tier, NOW + DAY)
  assert.equal((await scraped(reader, NOW + MINUTE)).get('jobs_done_total'), 5)
})

test('two scrapes at once do not count anything twice', async () => {
  const seed = new Seed()
  for (let i = 0; i < 100; i++) seed.value(jobs, 1, NOW - i * MINUTE)
  await seed.put()
  await seed.seal()
  const reader = seed.reader()
  const all = await Promise.all(Array.from({ length: 8 }, () => scraped(reader, NOW)))
  assert.deepEqual(new Set(all.map((samples) => samples.get('jobs_done_total'))), new Set([100]))
})

test('a metric that another process has just begun is there, and an empty store is an empty text', async () => {
  const seed = await new Seed().put()
  const reader = seed.reader()
  assert.equal(await text(reader, '/metrics', SCRAPER), '')
  assert.equal(await text(reader, '/metrics', { accept: 'application/openmetrics-text;version=1.0.0' }), '# EOF\n')
  seed.value(jobs, 1, NOW)
  await seed.put()
  assert.equal((await scraped(reader, NOW + 1_000)).get('jobs_done_total'), 1)
})

test('a scrape of 10,000 series takes under 150 ms and no turn of it over 5 ms', async () => {
  const seed = new Seed()
  const metrics = Array.from({ length: 10 }, (_, m) => ({
    name: `m${m}`,
    kind: m < 2 ? 'histogram' : 'counter',
    unit: 'ms',
    buckets: m < 2,
  }))
  for (let minute = 0; minute < 2; minute++) {
    for (let i = 0; i < 1_000; i++) {
      for (const metric of metrics)
        seed.value(metric, 1 + (i % 50), NOW - minute * MINUTE, { endpoint: `/path/${i}`, method: 'GET' })
    }
  }
  await seed.put()
  const reader = seed.reader()
  await ask(reader, '/metrics', SCRAPER)
  // The thread's own time, because others share the machine; counting lines for coverage slows everything down.
  const slack = process.env.NODE_V8_COVERAGE === undefined ? 1 : 6
  const [times, turns] = [new Array<number>(), new Array<number>()]
  for (let i = 0; i < 10; i++) {
    const beat = watchTurns()
    const began = cpu()
    await ask(reader, '/metrics', { ...SCRAPER, now: NOW + i })
    times.push(cpu() - began)
    turns.push(beat.stop())
  }
  assert.ok(Math.min(...times) < 150 * slack, `${times.map(Math.round).join(' ')} ms`)
  assert.ok(Math.min(...turns) < 5 * slack, `${turns.map((turn) => turn.toFixed(1)).join(' ')} ms`)
})

/** Milliseconds for which this thread has worked. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The longest time for which this thread worked without giving others a turn. */
function watchTurns(): { stop(): number } {
  let longest = 0
  let last = cpu()
  let running = true
  const beat = (): void => {
    longest = Math.max(longest, cpu() - last)
    last = cpu()
    if (running) setImmediate(beat)
  }
  setImmediate(beat)
  const stop = (): number => {
    running = false
    return longest
  }
  return { stop }
}
