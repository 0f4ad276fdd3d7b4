import type { Store } from '../storage/store.ts'

const KEY = 'heartbeats'
/** Names that are remembered, and races lost before it is left to the next flush. */
const MOST = 1_000
const TRIES = 20

/** Keeps when each job last gave a sign of life: for processes to come, and for those beside this one. */
export class Beats {
  readonly #store: () => Pick<Store, 'get' | 'swap'>
  readonly #waiting = new Map<string, number>()

  constructor(store: () => Pick<Store, 'get' | 'swap'>) {
    this.#store = store
  }

  /** A job has given a sign of life at `time` (Unix ms); it is kept with the next flush. */
  beat(name: string, time: number): void {
    this.#waiting.set(name, time)
  }

  /** When the last one was of a name, whichever process had it. */
  async last(name: string): Promise<number | undefined> {
    return read(await this.#store().get(KEY)).get(name)
  }

  /** Keeps what waits; rejects while the store does not take it. */
  async settle(): Promise<void> {
    for (let tries = 0; this.#waiting.size > 0; tries++) {
      if (tries === TRIES) throw new Error(`heartbeats were not kept: others were faster ${TRIES} times`)
      const some = [...this.#waiting]
      const seen = await this.#store().get(KEY)
      const known = read(seen)
      for (const [name, time] of some) known.set(name, Math.max(time, known.get(name) ?? 0))
      const latest = [...known].toSorted(([, a], [, b]) => a - b).slice(-MOST)
      if (!(await this.#store().swap(KEY, seen, JSON.stringify(Object.fromEntries(latest))))) continue
      for (const [name, time] of some) if (this.#waiting.get(name) === time) this.#waiting.delete(name)
    }
  }
}

/** What is not ours to read is begun anew. */
function read(text: string | undefined): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(text ?? '{}') as Record<string, unknown>)
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return new Map()
  }
}
