import { type Entry, pack } from '../core/box.ts'
import type { Held, HeldValue } from '../core/held.ts'
import { Point } from '../core/point.ts'
import { MINUTE, type Clock } from '../core/time.ts'
import { minuteOf } from '../core/window.ts'
import type { Guard } from '../guard.ts'
import type { Box, Claims } from '../storage/driver.ts'
import type { Store } from '../storage/store.ts'

/** What a claimer works with. */
export interface ClaimerOptions {
  readonly held: Held
  readonly store: Pick<Store, 'claim'>
  readonly clock: Clock
  readonly guard: Guard
  readonly writer: string
  readonly instance: string
}

/** Values that are this process' to count, packed, and the ids to mark as kept with them. */
export interface Claimed {
  readonly boxes: readonly Box[]
  readonly claims: Claims
}

/** Values that are claimed together, for as long as it takes until they are kept. */
interface Round {
  readonly owner: string
  /** The writer of their boxes. */
  readonly writer: string
  values: readonly HeldValue[]
}

/** Values claimed at once: a short transaction. */
const SIZE = 500

/**
 * Counts each held value whose id nobody else has. Its points go into a box of their own, put in one step with the mark
 * that the id is kept. So after a lost reply the same ids and the same box are put again; and if another process has taken
 * an id over meanwhile, which it can only if that put never arrived, the box is made anew without its value.
 */
export class Claimer {
  readonly #options: ClaimerOptions
  #round: Round | undefined
  #rounds = 0
  /** The newest minute of any round, the number in the name of the last boxes, and the highest one ever used. */
  #newest = -Infinity
  #number = 0
  #highest = 0

  constructor(options: ClaimerOptions) {
    this.#options = options
  }

  /** What is to be put next; undefined when nothing waits. Rejects when the store does not say whose the ids are. */
  async next(): Promise<Claimed | undefined> {
    const { store, clock, held } = this.#options
    while (this.#round !== undefined || held.size > 0) {
      const round = (this.#round ??= this.#begin(held.take(SIZE)))
      const ids = round.values.map(({ id }) => id)
      const ours = await store.claim(ids, round.owner, clock.now())
      round.values = round.values.filter((_, place) => ours[place] === true)
      if (round.values.length > 0) return this.#claimed(round)
      this.#round = undefined
    }
    return undefined
  }

  /** What `next` gave is kept: it counts. Not before, for somebody else may yet have the ids. */
  kept(): void {
    const values = this.#round?.values ?? []
    this.#round = undefined
    for (const { counted } of values) this.#options.guard.run('counting a value', counted, undefined)
  }

  #begin(values: readonly HeldValue[]): Round {
    const minutes = values.map(({ time }) => Math.floor(time / MINUTE))
    const [oldest, newest] = [Math.min(...minutes), Math.max(...minutes)]
    // One box of one minute never takes the name of another; names are few, for boxes of every tier list them.
    if (oldest > this.#newest) this.#number = 0
    else this.#number = (oldest === this.#newest ? this.#number : this.#highest) + 1
    this.#highest = Math.max(this.#highest, this.#number)
    this.#newest = Math.max(this.#newest, newest)
    const { writer } = this.#options
    return { owner: `${writer}#${++this.#rounds}`, writer: `${writer}~${this.#number}`, values }
  }

  #claimed({ owner, writer, values }: Round): Claimed {
    const minutes = new Map<number, Map<string, Entry>>()
    for (const value of values) {
      const start = Math.floor(value.time / MINUTE) * MINUTE
      const entries = minutes.get(start) ?? new Map<string, Entry>()
      minutes.set(start, entries)
      const { metric, labels } = value.series.living()
      const entry = entries.get(metric + labels) ?? { metric, labels, point: new Point(value.buckets) }
      entries.set(metric + labels, entry)
      entry.point.observe(value.value, Math.floor(value.time))
    }
    const boxes = [...minutes].map(([start, entries]): Box => {
      const window = minuteOf(writer, this.#options.instance, start, true)
      return { tier: '1m', start, writer, ...pack(window, [...entries.values()]) }
    })
    return { boxes, claims: { owner, ids: values.map(({ id }) => id) } }
  }
}
