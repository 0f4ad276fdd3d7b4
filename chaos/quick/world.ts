import type { StorageDriver } from '../../src/index.ts'
import { type FakeClock, fakeClock } from '../../src/testing.ts'
import { KINDS } from '../items.ts'
import { Ledger } from '../ledger.ts'
import { Random } from '../random.ts'
import { sealAt } from '../shelf.ts'
import { Writer } from './writer.ts'

const START = Date.parse('2026-10-24T21:37:20Z')
const [SECOND, MINUTE] = [1_000, 60_000]

/** Opens one more connection to the store of a history. */
export type Connects = () => StorageDriver

/** A store, a clock, and the processes that use it. */
export class World {
  readonly clock: FakeClock = fakeClock(START)
  readonly ledger: Ledger = new Ledger()
  readonly random: Random
  /** For what seeds of old histories did not draw. */
  readonly #other: Random
  readonly began: number = START
  /** Every process that ever was: none takes its drops along. */
  readonly all: Writer[] = []
  /** What happened, in order. */
  readonly told: string[] = []
  readonly #connects: Connects
  readonly #numbers = { money: 0, orders: 0, refused: 0 }
  /** Nights go by in this history; then nobody asks again, for an id is told again for a day only. */
  readonly #nights: boolean
  #open: Promise<unknown>[] = []

  constructor(connects: Connects, random: Random) {
    this.#connects = connects
    this.random = random
    this.#other = new Random(~random.seed)
    this.#nights = random.chance(0.4)
  }

  get living(): readonly Writer[] {
    return this.all.filter(({ link, frozen }) => !link.dead && !frozen)
  }

  connect(): StorageDriver {
    return this.#connects()
  }

  start(): Writer {
    const writer = new Writer(this.all.length, this.#connects(), this.clock, this.ledger, this.random.fork())
    this.all.push(writer)
    return writer
  }

  /** Records some values, now and then one that another process may have had. */
  track(writer: Writer): void {
    for (let count = this.random.whole(1, 5); count > 0; count--) {
      const kind = this.#other.chance(0.02) ? 'refused' : this.random.pick(KINDS)
      const again = kind === 'orders' && !this.#nights && this.random.chance(0.4)
      const number = again ? Math.max(0, this.#numbers.orders - this.random.whole(1, 6)) : this.#numbers[kind]++
      writer.track({ kind, number })
    }
  }

  /** Goes on while other things happen. */
  begin(what: () => Promise<unknown>): void {
    this.#open.push(what().catch(() => undefined))
  }

  /** Waits for everything that was begun. */
  async rest(): Promise<void> {
    while (this.#open.length > 0) await Promise.all(this.#open.splice(0))
  }

  /** Somebody makes windows final, by a clock of their own, and may be cut off. */
  async seal(trouble: number, ahead: number): Promise<void> {
    const sealer = new Writer(-1, this.#connects(), this.clock, this.ledger, this.random.fork())
    sealer.link.trouble = trouble
    await sealAt(sealer.link.over(this.#connects()), this.clock.now() + ahead)
  }

  /** Some time goes by: mostly little, and once in a while a night. */
  wait(): number {
    const { random } = this
    const ms = random.chance(0.5)
      ? random.whole(1, 40 * SECOND)
      : random.chance(this.#nights ? 0.8 : 1)
        ? random.whole(1, 25 * MINUTE)
        : random.whole(1, 20 * 60 * MINUTE)
    this.clock.advance(ms)
    return ms
  }
}
