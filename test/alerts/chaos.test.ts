import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../src/alerts/alert.ts'
import { type Process, SECOND, World } from './world.ts'

/** Numbers that look random and come again with the same seed. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A process that can stand still, in the midst of whatever it does. */
class Ice {
  isFrozen = false
  /** Resolves when it stands still. */
  stands: Promise<void> = Promise.resolve()
  #melted: Promise<void> = Promise.resolve()
  #melt = (): void => undefined
  #stand = (): void => undefined

  constructor() {
    this.#wait()
  }

  freeze(): void {
    if (this.isFrozen) return
    this.isFrozen = true
    this.#melted = new Promise((resolve) => (this.#melt = resolve))
    this.#stand()
  }

  melt(): void {
    if (!this.isFrozen) return
    this.isFrozen = false
    this.#wait()
    this.#melt()
  }

  /** Where a process may stand still. */
  async pass(): Promise<void> {
    while (this.isFrozen) await this.#melted
  }

  #wait(): void {
    this.stands = new Promise((resolve) => (this.#stand = resolve))
  }
}

/** Three processes on a store that fails, loses replies, and is never to be relied on; they die, freeze and come back. */
class Chaos {
  readonly world = new World()
  readonly random: () => number
  /** Everything that any receiver took, in order. */
  readonly log: Alert[] = []
  readonly ice = new Map<Process, Ice>()
  calm = false
  depth = 1

  constructor(seed: number) {
    this.random = dice(seed)
    for (let i = 0; i < 3; i++) this.start()
  }

  start(): void {
    const ice = new Ice()
    const rule = { name: 'depth', when: 'depth > 10 over 1m', repeatEvery: null }
    const process = this.world.process([rule], {}, this.#store(ice))
    this.ice.set(process, ice)
    process.answer = (alert) => {
      if (!this.calm && this.random() < 0.2) throw new Error('not now')
      this.log.push(alert)
      // Taken, but whoever sent it never learns of it.
      if (!this.calm && this.random() < 0.1) throw new Error('the answer was lost')
    }
  }

  #store(ice: Ice): World['store'] {
    const { store } = this.world
    const faulty = async <T>(work: () => T | Promise<T>): Promise<T> => {
      if (!this.calm && this.random() < 0.03) ice.freeze()
      await ice.pass()
      if (!this.calm && this.random() < 0.05) throw new Error('no connection')
      const result = await work()
      if (!this.calm && this.random() < 0.05) ice.freeze()
      await ice.pass()
      if (!this.calm && this.random() < 0.05) throw new Error('the reply was lost')
      return result
    }
    return {
      put: (batch) => store.put(batch),
      get: (key) => faulty(() => store.get(key)),
      swap: (...all) => faulty(() => store.swap(...all)),
      answer: (ask) => faulty(() => store.answer(ask)),
    }
  }

  async step(): Promise<void> {
    const { world } = this
    world.clock.advance(1 + Math.floor(this.random() * 5 * SECOND))
    world.gauge('depth', this.depth)
    if (!this.calm) this.#strike()
    const awake = world.processes.filter((process) => this.ice.get(process)?.isFrozen === false)
    // At the same time, so that they get into each other's way.
    await Promise.all(awake.map((process) => Promise.race([process.turn(), this.ice.get(process)!.stands])))
  }

  #strike(): void {
    const { world } = this
    const one = world.processes[Math.floor(this.random() * world.processes.length)]!
    if (this.random() < 0.02) {
      world.kill(one)
      this.start()
    } else if (this.random() < 0.1) this.ice.get(one)?.melt()
  }
}

for (let seed = 1; seed <= 7; seed++) {
  test(`whatever happens, what is told is true and told in order (seed ${seed})`, async () => {
    const chaos = new Chaos(seed)
    for (let phase = 0; phase < 4; phase++) {
      chaos.depth = chaos.depth === 1 ? 20 : 1
      for (let step = 0; step < 100; step++) await chaos.step()
    }
    chaos.calm = true
    for (const ice of chaos.ice.values()) ice.melt()
    for (let step = 0; step < 700; step++) await chaos.step()
    chaos.depth = 20
    for (let step = 0; step < 30; step++) await chaos.step()

    const ids = new Set<string>()
    const first = chaos.log.filter(({ id }) => !ids.has(id) && ids.add(id))
    const types = first.map(({ type }) => type)
    assert.ok(types.length >= 3, types.join())
    assert.equal(types.at(-1), 'alert.firing')
    // What could not be told in time is told with its end: so ends may follow each other, beginnings never.
    types.forEach((type, at) => assert.ok(type !== 'alert.firing' || types[at - 1] !== 'alert.firing', types.join()))
    for (const [at, alert] of first.entries()) {
      const before = first[at - 1]
      if (alert.type !== 'alert.resolved') continue
      assert.ok(before?.alertId === alert.alertId || alert.title.startsWith('FIRED AND RESOLVED'), types.join())
    }
    const starts = first.map(({ startsAt }) => startsAt!)
    assert.deepEqual(
      starts,
      starts.toSorted((a, b) => a - b)
    )
    const book = await chaos.world.book()
    assert.equal(book.outbox.length, 0)
    assert.equal(book.deadCount, 0)
  })
}

test('of a thousand evaluations by three processes at once each transition is one message', async () => {
  const world = new World()
  for (let i = 0; i < 3; i++) world.process([{ name: 'depth', when: 'depth > 10 over 1m' }])
  const all = (): Alert[] => world.processes.flatMap(({ got }) => got).sort((a, b) => a.time - b.time)
  for (let phase = 0; phase < 10; phase++) {
    for (let step = 0; step < 33; step++) {
      world.clock.advance(5 * SECOND)
      world.gauge('depth', phase % 2 === 0 ? 20 : 1)
      await Promise.all(world.processes.map((process) => process.turn()))
    }
  }
  assert.deepEqual(
    all().map(({ type }) => type),
    Array.from({ length: 10 }, (_, phase) => (phase % 2 === 0 ? 'alert.firing' : 'alert.resolved'))
  )
})

for (const [when, tries, swapped] of [
  ['before it has written a message down', 1, false],
  ['between writing a message down and sending it', 1, true],
  ['while it writes down that something fires', 0, false],
] as const) {
  test(`a leader that is frozen ${when} sends nothing when it wakes`, async () => {
    const world = new World()
    const ice = new Ice()
    const { store } = world
    const swap: World['store']['swap'] = async (key, seen, next) => {
      const { outbox = [] } = JSON.parse(next ?? '{}') as { outbox?: { to: { tries: number }[] }[] }
      const isIt = outbox.some(({ to }) => to.some((one) => one.tries === tries))
      if (isIt && !swapped) ice.freeze()
      await ice.pass()
      const result = await store.swap(key, seen, next)
      if (isIt && swapped) ice.freeze()
      await ice.pass()
      return result
    }
    const rule = { name: 'depth', when: 'depth > 10 over 1m' }
    const put: World['store']['put'] = (batch) => store.put(batch)
    const first = world.process(
      [rule],
      {},
      { put, get: (key) => store.get(key), answer: (ask) => store.answer(ask), swap }
    )
    const step = async (process: Process): Promise<void> => {
      world.clock.advance(SECOND)
      world.gauge('depth', 20)
      await Promise.race([process.turn(), process === first ? ice.stands : new Promise(() => undefined)])
    }
    for (let i = 0; i < 3 && !ice.isFrozen; i++) await step(first)
    assert.ok(ice.isFrozen)
    const second = world.process([rule])
    for (let i = 0; i < 40; i++) await step(second)
    assert.deepEqual(second.types, ['alert.firing'])
    ice.melt()
    await first.turn()
    for (let i = 0; i < 10; i++) await Promise.all([first.turn(), step(second)])
    assert.deepEqual(first.types, [])
    assert.deepEqual(second.types, ['alert.firing'])
  })
}
