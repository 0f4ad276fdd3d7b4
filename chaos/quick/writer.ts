import { settle } from '../../src/config.ts'
import type { Clock } from '../../src/core/time.ts'
import type { StorageDriver } from '../../src/index.ts'
import { Claimer } from '../../src/pipeline/claimer.ts'
import { Flusher } from '../../src/pipeline/flusher.ts'
import { Recorder } from '../../src/recorder.ts'
import type { LocalStore } from '../../src/store.ts'
import { batchOf, type Item, valueOf } from '../items.ts'
import type { Ledger } from '../ledger.ts'
import type { Random } from '../random.ts'
import { storeOver } from '../shelf.ts'
import { Link } from './link.ts'

const SETTINGS = settle({ storage: 'memory://', llm: false, system: false, health: false, log: () => undefined }, {})

/** One process as the library makes it, without its timers: what it records, how it flushes, its store and the way there. */
export class Writer {
  readonly id: number
  readonly link: Link
  readonly store: LocalStore
  readonly flusher: Flusher
  /** How far its clock is ahead, ms. */
  skew = 0
  /** Stands still: nobody asks it for anything. */
  frozen = false
  readonly #driver: StorageDriver
  readonly #recorder: Recorder
  readonly #ledger: Ledger
  readonly #clock: Clock

  constructor(id: number, driver: StorageDriver, clock: Clock, ledger: Ledger, random: Random) {
    this.id = id
    this.#driver = driver
    this.#ledger = ledger
    this.link = new Link(random)
    const own: Clock = { now: () => clock.now() + this.skew, monotonic: () => clock.monotonic() }
    this.#clock = own
    const writer = `w${id}`
    this.#recorder = new Recorder(SETTINGS, own, writer)
    this.store = storeOver(this.link.over(driver), writer)
    const { registry, guard, tracker, deploys: _ } = this.#recorder
    const way = { store: this.store, clock: own, guard, instance: `i${id}` }
    const claimer = new Claimer({ ...way, held: tracker.once.held, writer })
    this.flusher = new Flusher({ ...way, registry, tails: [tracker], claimer, sample: () => undefined })
  }

  /** By which the ledger knows it. */
  get life(): string {
    return `i${this.id}`
  }

  get drops(): number {
    const all = [...this.#recorder.drops.values(), ...this.flusher.drops.values()]
    return all.reduce((sum, count) => sum + count, this.store.standing().refused ?? 0)
  }

  track(item: Item): void {
    this.#ledger.asks(this.life, item)
    const id = item.kind === 'orders' ? { id: item.number } : undefined
    const [metric, value] = item.kind === 'refused' ? ['money', Number.NaN] : [item.kind, valueOf(item)]
    this.#recorder.tracker.track(metric, value, { batch: batchOf(item) }, id)
    this.#ledger.answered(this.life, item)
  }

  /** Acknowledges what was recorded before, if all of it was kept. */
  async flush(): Promise<boolean> {
    const before = this.#ledger.taken(this.life)
    const kept = await this.flusher.flush()
    if (!kept) return false
    this.#ledger.kept(this.life, 0, before)
    this.#ledger.dropped(this.life, this.drops)
    return true
  }

  /** As the timer does each half minute. */
  async maintain(): Promise<void> {
    if (await this.flush()) await this.store.maintain(this.#clock.now())
  }

  kill(): void {
    this.link.dead = true
    this.#ledger.ended(this.life)
  }

  async end(): Promise<void> {
    await this.#driver.close()
  }
}
