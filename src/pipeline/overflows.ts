import { type Overflow, type Overflowed, OVERFLOWS, readOverflows } from '../core/notes.ts'
import { DAY } from '../core/time.ts'
import type { Store } from '../storage/store.ts'

const MOST = 1_000
const TRIES = 20
/** What nobody has come upon for so long is over: the next time is another one. */
const OVER = 35 * DAY

/** Keeps in a document which metrics have too many label sets, so that a restart does not forget it. */
export class Overflows {
  readonly #store: Pick<Store, 'get' | 'swap'>
  readonly #waiting: Overflowed[]

  /** What is kept goes from the front of `waiting`. */
  constructor(store: Pick<Store, 'get' | 'swap'>, waiting: Overflowed[]) {
    this.#store = store
    this.#waiting = waiting
  }

  /** Keeps what waits; rejects while the store does not take it. */
  async settle(): Promise<void> {
    for (let tries = 0; this.#waiting.length > 0; tries++) {
      if (tries === TRIES) throw new Error(`overflows were not kept: others were faster ${TRIES} times`)
      const some = this.#waiting.slice()
      const seen = await this.#store.get(OVERFLOWS)
      const known = readOverflows(seen)
      for (const one of some) known.set(one.metric, merged(known.get(one.metric), one))
      const next = JSON.stringify(Object.fromEntries([...known].slice(-MOST)))
      if (await this.#store.swap(OVERFLOWS, seen, next)) this.#waiting.splice(0, some.length)
    }
  }
}

function merged(known: Overflow | undefined, { label, time }: Overflowed): Overflow {
  if (known === undefined || known.seen < time - OVER) return { label, since: time, seen: time }
  return { label: known.label, since: Math.min(known.since, time), seen: Math.max(known.seen, time) }
}
