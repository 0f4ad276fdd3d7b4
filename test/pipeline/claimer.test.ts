import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OpenedBox } from '../../src/core/box.ts'
import { hash } from '../../src/core/ids.ts'
import { Held } from '../../src/core/held.ts'
import { Point } from '../../src/core/point.ts'
import { Registry } from '../../src/core/registry.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, MINUTE, SECOND } from '../../src/core/time.ts'
import { Guard } from '../../src/guard.ts'
import { Claimer } from '../../src/pipeline/claimer.ts'
import { Flusher } from '../../src/pipeline/flusher.ts'
import { all } from '../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { MemoryStore, memory } from '../../src/storage/memory.ts'
import { LocalStore } from '../../src/store.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'
import { withoutClaim } from '../storage/before.ts'

const REVENUE = { name: 'revenue', kind: 'counter', unit: 'USD', buckets: true }

/** What may go wrong with the next calls of a store: nothing arrives, or no reply does. */
type Fault = 'none' | 'lost' | 'mute'

/** One process on a shared store. */
class Process {
  readonly held = new Held()
  readonly store: LocalStore
  readonly #flusher: Flusher
  readonly #registry: Registry
  readonly #clock: FakeClock
  readonly lines: string[] = []
  counted = 0
  faults: { claim: Fault; put: Fault } = { claim: 'none', put: 'none' }

  constructor(
    shared: MemoryStore,
    writer: string,
    clock: FakeClock,
    driver: StorageDriver = memory({ store: shared })
  ) {
    this.#clock = clock
    this.store = new LocalStore(driver, { writer, timezone: 'UTC', kept: KEPT, events: DAY, maxSize: 1e9 })
    const overflowed = () => undefined
    const limits = { maxSeries: 100, maxSeriesPerMetric: 100 }
    this.#registry = new Registry({ writer, labels: {}, ...limits, overflow: 'o', overflowed })
    const way = {
      store: {
        claim: this.#broken('claim', (...args: Parameters<LocalStore['claim']>) => this.store.claim(...args)),
        put: this.#broken('put', (...args: Parameters<LocalStore['put']>) => this.store.put(...args)),
      },
      clock,
      guard: new Guard(clock, (line) => this.lines.push(line)),
      instance: writer,
    }
    const claimer = new Claimer({ ...way, held: this.held, writer })
    this.#flusher = new Flusher({ ...way, registry: this.#registry, tails: [], claimer, sample: () => undefined })
  }

  #broken<A extends unknown[], R>(what: 'claim' | 'put', work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      const fault = this.faults[what]
      this.faults[what] = 'none'
      if (fault === 'lost') throw new Error(`${what} did not arrive`)
      const result = await work(...args)
      if (fault === 'mute') throw new Error(`${what} was not answered`)
      return result
    }
  }

  track(id: string, value = 1): void {
    const series = this.#registry.series(REVENUE, { plan: id.length % 2 === 0 ? 'a' : 'b' })
    const counted = (): void => void this.counted++
    this.held.hold({ id, series, buckets: true, value, time: this.#clock.now(), counted })
  }

  flush(): Promise<boolean> {
    return this.#flusher.flush()
  }
}

function setUp() {
  const shared = new MemoryStore()
  const clock = fakeClock()
  const start = (writer: string, driver?: StorageDriver) => new Process(shared, writer, clock, driver)
  return { shared, clock, start }
}

/** The value of every box, by minute. */
async function minutes(shared: MemoryStore): Promise<Map<number, number>> {
  const driver = memory({ store: shared })
  await driver.open()
  const found = new Map<number, number>()
  const selector = { tier: '1m', from: 0, to: Infinity, detail: true } as const
  for (const which of ['open', 'sealed'] as const) {
    for (const box of await all(driver.boxes({ ...selector, which }))) {
      const point = new Point()
      new OpenedBox(box).fold(hash('revenue'), true, () => point)
      found.set(box.start, (found.get(box.start) ?? 0) + point.total)
    }
  }
  return found
}

const sum = async (shared: MemoryStore): Promise<number> =>
  [...(await minutes(shared)).values()].reduce((a, b) => a + b, 0)

test('an id counts once, in the minute of its call, whoever comes with it', async () => {
  const { shared, clock, start } = setUp()
  const [one, two] = [start('one'), start('two')]
  const first = Math.floor(clock.now() / MINUTE) * MINUTE
  one.track('a')
  two.track('b')
  clock.advance(90 * SECOND)
  for (const process of [one, two]) for (const id of ['a', 'b', 'c']) process.track(id)
  assert.deepEqual([await one.flush(), await two.flush()], [true, true])
  two.track('a')
  await two.flush()
  assert.deepEqual(
    [...(await minutes(shared))],
    [
      [first, 1],
      [first + MINUTE, 2],
    ]
  )
  assert.equal(one.counted + two.counted, 3)
})

test('an id is free again after a day', async () => {
  const { shared, clock, start } = setUp()
  const process = start('one')
  for (const wait of [0, DAY - 1, 1]) {
    clock.advance(wait)
    process.track('a')
    await process.flush()
  }
  assert.equal(await sum(shared), 2)
})

test('a thousand ids and more go out in one flush', async () => {
  const { shared, start } = setUp()
  const process = start('one')
  for (let i = 0; i < 2_345; i++) process.track(`id ${i}`)
  assert.equal(await process.flush(), true)
  assert.equal(await sum(shared), 2_345)
})

for (const fault of ['lost', 'mute'] as const) {
  test(`after a put that was ${fault}, and a claim that was, it counts once`, async () => {
    const { shared, start } = setUp()
    const [one, two] = [start('one'), start('two')]
    one.track('a')
    one.faults.claim = fault
    assert.equal(await one.flush(), false)
    one.faults.put = fault
    assert.equal(await one.flush(), false)
    two.track('a')
    assert.equal(await two.flush(), true)
    assert.equal(await one.flush(), true)
    assert.equal(await one.flush(), true)
    assert.equal(await sum(shared), 1)
    assert.equal(one.counted + two.counted, 1)
  })
}

test('what a process that died had claimed counts with the next retry after ten minutes', async () => {
  const { shared, clock, start } = setUp()
  const dying = start('dying')
  dying.track('a')
  dying.faults.put = 'lost'
  await dying.flush()
  const next = start('next')
  next.track('a')
  await next.flush()
  assert.equal(await sum(shared), 0)
  clock.advance(10 * MINUTE)
  next.track('a')
  await next.flush()
  assert.equal(await sum(shared), 1)
})

test('a process that was away for so long that another one took its id over does not count it too', async () => {
  const { shared, clock, start } = setUp()
  const [away, other] = [start('away'), start('other')]
  away.track('a')
  away.track('b')
  away.faults.put = 'lost'
  await away.flush()
  clock.advance(11 * MINUTE)
  other.track('a')
  await other.flush()
  assert.equal(await away.flush(), true)
  assert.equal(await sum(shared), 2)
})

test('one that is stopped between claim and put hears that its id is another one’s, and puts the rest', async () => {
  const { shared, clock, start } = setUp()
  const [stopped, other] = [start('stopped'), start('other')]
  stopped.track('a')
  stopped.track('b')
  const claim = stopped.store.claim.bind(stopped.store)
  // What happens to the others while this process is frozen right after its claim.
  stopped.store.claim = async (...args) => {
    stopped.store.claim = claim
    const result = await claim(...args)
    clock.advance(11 * MINUTE)
    other.track('a')
    await other.flush()
    return result
  }
  assert.equal(await stopped.flush(), false)
  assert.equal(await stopped.flush(), true)
  assert.equal(await sum(shared), 2)
})

test('a driver without claim tells ids apart in its process', async () => {
  const { shared, start } = setUp()
  const process = start('one', withoutClaim(memory({ store: shared })))
  for (const id of ['a', 'a', 'b']) {
    process.track(id)
    await process.flush()
  }
  assert.equal(await sum(shared), 2)
  await process.store.maintain(0)
})

test('a claim that fails holds up nothing else, and is said once', async () => {
  const { start } = setUp()
  const process = start('one')
  for (let i = 0; i < 3; i++) {
    process.track(`${i}`)
    process.faults.claim = 'lost'
    assert.equal(await process.flush(), false)
  }
  assert.equal(process.lines.length, 1)
  assert.match(process.lines[0]!, /claiming ids: claim did not arrive/)
})

test('whatever is lost, killed, sealed or comes late: no id counts twice, and with a retry at the end each counts once', async () => {
  const ids = fc.integer({ min: 0, max: 12 }).map((id) => `id ${id}`)
  const which = fc.nat(2)
  const fault = fc.constantFrom<Fault>('lost', 'mute')
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant<'track'>('track'), which, id: ids }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant<'flush'>('flush'), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom<'claim' | 'put'>('claim', 'put'), which, fault }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant<'kill'>('kill'), which }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant<'wait'>('wait'), ms: fc.constantFrom(700, MINUTE, 4 * MINUTE) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant<'seal'>('seal'), which }) }
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { shared, clock, start } = setUp()
      let started = 0
      const processes = Array.from({ length: 3 }, () => start(`w${started++}`))
      const wanted = new Set<string>()
      for (const each of steps) {
        if (each.do === 'wait') clock.advance(each.ms)
        else {
          const process = processes[each.which]!
          if (each.do === 'track') wanted.add(each.id)
          if (each.do === 'track') process.track(each.id)
          else if (each.do === 'flush') await process.flush()
          else if (each.do === 'seal') await process.store.maintain(clock.now())
          else if (each.do === 'kill') processes[each.which] = start(`w${started++}`)
          else process.faults[each.do] = each.fault
        }
      }
      clock.advance(10 * MINUTE)
      assert.ok((await sum(shared)) <= wanted.size)
      for (const id of wanted) processes[0]!.track(id)
      for (let i = 0; i < 3; i++) for (const process of processes) await process.flush()
      clock.advance(11 * MINUTE)
      await processes[0]!.store.maintain(clock.now())
      assert.equal(await sum(shared), wanted.size)
    }),
    { numRuns: 300 }
  )
})
