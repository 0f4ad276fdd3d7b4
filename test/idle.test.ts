import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { settle } from '../src/config.ts'
import { Flusher } from '../src/pipeline/flusher.ts'
import { DAY, HOUR, MINUTE } from '../src/core/time.ts'
import { Recorder } from '../src/recorder.ts'
import { Recording } from '../src/recording.ts'
import { memory } from '../src/storage/memory.ts'
import { sqlite } from '../src/storage/sqlite.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import { LocalStore } from '../src/store.ts'
import { fakeClock } from '../src/testing.ts'

const KEPT_DAYS = 20
const RETENTION = { events: '1h', '1m': '2h', '15m': '12h', '1h': '5d', '1d': `${KEPT_DAYS}d` }

/** An app that runs for months, by a clock that is told to. */
class App {
  readonly clock = fakeClock(Date.UTC(2026, 10, 22, 10, 30))
  readonly recorder: Recorder
  readonly recording: Recording
  readonly store: LocalStore
  readonly flusher: Flusher

  constructor(driver: StorageDriver, instance: string = 'web-1') {
    const settings = settle({ retention: RETENTION, instance, system: false, llm: false, log: () => undefined }, {})
    const { timezone, kept, events, maxSize } = settings
    this.recorder = new Recorder(settings, this.clock, instance)
    this.recording = new Recording(this.recorder)
    this.store = new LocalStore(driver, { writer: instance, timezone, kept, events, maxSize })
    const { registry, guard } = this.recorder
    const way = { store: this.store, clock: this.clock, registry, guard, instance, tails: [] }
    this.flusher = new Flusher({ ...way, sample: () => this.recorder.sample() })
  }

  /** Days go by; `each` is called every six hours. */
  async pass(days: number, each: () => void = () => undefined): Promise<void> {
    for (let step = 0; step < days * 4; step++) {
      each()
      await this.flusher.flush()
      this.clock.advance(3 * MINUTE)
      await this.flusher.flush()
      await this.store.maintain(this.clock.now())
      this.clock.advance(6 * HOUR - 3 * MINUTE)
    }
  }

  async ask(route: string, params: readonly (readonly [string, string])[] = [], accept = 'application/json') {
    await this.flusher.flush()
    const answer = await this.store.answer({ route, params, url: '', accept, now: this.clock.now(), facts: {} })
    return new TextDecoder().decode(answer.body)
  }

  async catalogue(): Promise<string[]> {
    const { data } = JSON.parse(await this.ask('metrics')) as { data: { metric: string; built_in: boolean }[] }
    return data.filter((row) => !row.built_in).map(({ metric }) => metric)
  }

  async labels(metric: string): Promise<string[]> {
    const { data } = JSON.parse(await this.ask('labels', [['metric', metric]])) as { data: { value: string }[] }
    return data.map(({ value }) => value)
  }

  scrape(): Promise<string> {
    return this.ask('prometheus', [], 'text/plain; version=0.0.4')
  }
}

const drivers: Readonly<Record<string, (folder: string) => StorageDriver>> = {
  memory: () => memory(),
  sqlite: (folder) => sqlite(join(folder, 'metrics.db')),
}

for (const [name, make] of Object.entries(drivers)) {
  test(`${name}: what was not recorded for as long as days are kept is in no list and no scrape, without a restart`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const app = new App(make(folder))
    const { recording, recorder } = app
    const jobs = recording.counter('jobs_done')
    const steps = recording.histogram('step_ms')
    jobs.add(5, { queue: 'old' })
    steps.observe(20)
    recording.counter('once').add(1)
    await app.pass(KEPT_DAYS - 1, () => jobs.add(1, { queue: 'new' }))
    assert.deepEqual(await app.catalogue(), ['jobs_done', 'once', 'step_ms'])
    assert.deepEqual(await app.labels('jobs_done'), ['new', 'old'])
    const before = await app.scrape()
    for (const line of [/^jobs_done_total\{queue="old"\} 5$/m, /^once_total 1$/m, /^step_ms_count 1$|step.*_count 1/m])
      assert.match(before, line)

    await app.pass(4, () => jobs.add(1, { queue: 'new' }))
    assert.deepEqual(await app.catalogue(), ['jobs_done'])
    assert.deepEqual(await app.labels('jobs_done'), ['new'])
    const after = await app.scrape()
    assert.match(after, /^jobs_done_total\{queue="new"\} \d+$/m)
    for (const gone of [/queue="old"/, /once/, /step/]) assert.doesNotMatch(after, gone)
    assert.equal(recorder.registry.shape('once'), undefined)

    // Handles made before go on, as if they were new.
    jobs.add(3, { queue: 'old' })
    steps.observe(20)
    app.clock.advance(1)
    assert.deepEqual(await app.catalogue(), ['jobs_done', 'step_ms'])
    assert.match(await app.scrape(), /^jobs_done_total\{queue="old"\} 3$/m)
    await app.store.close()
  })
}

test('the names of what is forgotten leave the dictionary, those of what is in use stay', async () => {
  const driver = memory()
  const app = new App(driver)
  const jobs = app.recording.counter('jobs_done')
  jobs.add(5, { queue: 'old' })
  await app.pass(KEPT_DAYS + 5, () => jobs.add(1, { queue: 'new' }))
  const texts: string[] = []
  for await (const { text } of driver.names()) texts.push(text)
  assert.ok(texts.includes('{"labels":{"queue":"new"}}'))
  assert.ok(!texts.includes('{"labels":{"queue":"old"}}'))
})

test('an instance that ended is forgotten by those that go on', async () => {
  const driver = memory()
  const ended = new App(driver, 'web-0')
  ended.recording.gauge('pool').set(3)
  ended.recording.counter('jobs').add(1)
  await ended.flusher.flush()
  const app = new App(driver)
  const pool = app.recording.gauge('pool')
  pool.set(4)
  await app.pass(1)
  assert.deepEqual(await app.labels('pool'), ['web-0', 'web-1'])
  await app.pass(KEPT_DAYS + 3, () => pool.set(4))
  assert.deepEqual(await app.labels('pool'), ['web-1'])
  assert.doesNotMatch(await app.scrape(), /jobs|web-0/)
})

test('requests to an endpoint that rests for longer than anything is kept are counted again, as a whole, too', async () => {
  const driver = memory()
  const app = new App(driver)
  const { http } = app.recorder
  const served = (template: string): void => {
    http.began()
    const exchange = { status: 200, elapsed: 3, ttfb: 2, requestBytes: 1, responseBytes: 1, aborted: false }
    http.ended(http.endpoint(template), 'GET', { ...exchange, stream: false, cut: false }, app.clock.monotonic())
  }
  served('/old')
  await app.pass(KEPT_DAYS + 3, () => served('/new'))
  assert.doesNotMatch(await app.scrape(), /\/old/)
  served('/old')
  served('/old')
  assert.match(await app.scrape(), /^http_requests_total\{endpoint="\/old",method="GET",status="200"\} 2$/m)
})

test('what a full prune by hand takes does not make a counter in use fall', async () => {
  const app = new App(memory())
  const jobs = app.recording.counter('jobs_done')
  await app.pass(2, () => jobs.add(1))
  assert.match(await app.scrape(), /^jobs_done_total 8$/m)
  app.clock.advance(MINUTE)
  for (const tier of ['1m', '15m', '1h', '1d'])
    await app.ask('prune', [
      ['tier', tier],
      ['before', new Date(app.clock.now() - DAY).toISOString()],
    ])
  app.clock.advance(2 * HOUR)
  jobs.add(1)
  assert.match(await app.scrape(), /^jobs_done_total 9$/m)
})
