import type { Watcher } from './storage/serve.ts'
import type { Ask, Store } from './storage/store.ts'

/** What dashboards open with, and what is read for most other questions, too. */
const FIRST: readonly (readonly [route: string, params: Ask['params']])[] = [
  ['snapshot', []],
  ['endpoints', [['from', '24h']]],
  ['query', Object.entries({ metric: 'http_requests', group_by: 'day', from: '30d' })],
  ['query', Object.entries({ metric: 'http_latency_ms', agg: 'p95', group_by: 'endpoint', from: '30d' })],
  // The clocks of another place: the first that are not UTC's take 20 ms, and days of theirs are made of hours and quarters.
  ['query', Object.entries({ metric: 'http_requests', group_by: '6h', from: '2d', tz: 'Asia/Kathmandu' })],
]
/** Set by the sealer: without a sealed hour there is nothing that would take long. */
const HISTORY = 'sealed:1h'
/** ms. The start has gone by then; processes that start together do not do this together. */
const PAUSES = { least: 1_000, most: 2_000, between: 100 }

/**
 * Answers a few questions to nobody, once, when a process has started on a file that has history. The first answers of a
 * process take ten times as long as later ones: code is not compiled yet, names are not read, pages of the file not
 * cached. Who opens a dashboard after a deploy should not wait for that. It is for the storage thread only, reads
 * nothing but the store, and ends as soon as somebody really asks.
 */
export class Rehearsal implements Watcher {
  readonly #pauses: typeof PAUSES
  #begun = false
  #over = false

  constructor(pauses: typeof PAUSES = PAUSES) {
    this.#pauses = pauses
  }

  /** The first batch has been put: it says what time it is for the app. */
  put(store: Store, now: number): void {
    if (this.#begun) return
    this.#begun = true
    const { least, most } = this.#pauses
    const pause = least + Math.random() * (most - least)
    setTimeout(() => void this.#play(store, now).catch(() => undefined), pause).unref()
  }

  /** Or the store is closed. */
  asked(): void {
    this.#over = true
  }

  async #play(store: Store, now: number): Promise<void> {
    if (store.standing().mode !== 'disk' || (await store.get(HISTORY)) === undefined) return
    for (const [route, params] of FIRST) {
      if (this.#over) return
      await store.answer({ route, params, url: '', accept: 'application/json', now, facts: {} })
      await new Promise<void>((resolve) => void setTimeout(resolve, this.#pauses.between).unref())
    }
  }
}
