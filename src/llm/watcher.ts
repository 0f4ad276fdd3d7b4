import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Call } from './call.ts'
import type { Asked, Watched, Watcher } from './seen.ts'
import { begin, type Begun } from './wire/begun.ts'
import { Exchange, type Outlet } from './wire/exchange.ts'
import { noFacts } from './wire/facts.ts'
import { Parked } from './wire/parked.ts'
import { callsOf, unseen } from './wire/report.ts'
import { isTail, responseId, routeOf, tail } from './wire/route.ts'

/** What an LlmWatcher works with. */
export interface LlmWatcherOptions {
  /** A call is over; `origin` is what was given to `watch`. */
  readonly sink: (call: Call, origin: unknown) => void
  /** A call was seen, but cannot be read. */
  readonly missed: (url: string, why: string) => void
  readonly origin: () => unknown
  readonly clock: Clock
  readonly guard: Guard
  /** Providers of hosts of your own, such as gateways: `{ 'llm.internal:4000': 'openai' }`. */
  readonly hosts?: Readonly<Record<string, string>> | undefined
}

/** Results of so many batches are known to have been counted. */
const MOST_BATCHES = 1_000

/** Knows calls of language models among what the app asks over HTTP, and reads what they used. */
export class LlmWatcher implements Watcher {
  readonly #options: LlmWatcherOptions
  readonly #hosts: ReadonlyMap<string, string>
  readonly #parked = new Parked()
  /** How many results of a batch were counted, by the path that they are fetched from. */
  readonly #batches = new Map<string, number>()
  readonly #outlet: Outlet

  constructor(options: LlmWatcherOptions) {
    this.#options = options
    this.#hosts = new Map(Object.entries(options.hosts ?? {}).map(([host, name]) => [host.toLowerCase(), name]))
    this.#outlet = {
      now: () => options.clock.monotonic(),
      call: (call, origin) => options.sink(call, origin),
      park: (id, begun) => this.#park(id, begun),
      unpark: (id) => this.#parked.delete(id),
      isKnown: (path, result) => this.#isKnown(path, result),
      caught: (error) => options.guard.caught('llm wire', error),
    }
  }

  wants(url: string): boolean {
    const segment = tail(url)
    if (isTail(segment)) return true
    return this.#parked.size > 0 && (segment === 'cancel' || this.#parked.has(segment))
  }

  watch(asked: Asked, origin: unknown): Watched | undefined {
    return this.#options.guard.run('llm wire', () => this.#watch(asked, origin), undefined)
  }

  missed(url: string, why: string): void {
    this.#options.guard.run('llm wire', () => this.#options.missed(url, why), undefined)
  }

  origin(): unknown {
    return this.#options.origin()
  }

  /** Counts what goes on in the background and was never fetched: that it was used is known, and not how much. */
  close(): void {
    for (const begun of this.#parked.clear()) this.#abandon(begun)
  }

  #watch(asked: Asked, origin: unknown): Watched | undefined {
    const route = routeOf(asked.method, asked.url)
    if (route === undefined) return this.#fetched(asked.url)
    const { clock } = this.#options
    const now = { origin, time: clock.now(), at: clock.monotonic() }
    const known = (): Begun => begin(asked, route, this.#hosts, now)
    return new Exchange(known(), this.#outlet, '', asked.body === undefined ? known : undefined)
  }

  /** A response that was begun in the background is counted when it is fetched, on the account of who began it. */
  #fetched(url: string): Watched | undefined {
    const id = this.#parked.size > 0 ? responseId(url) : ''
    const begun = this.#parked.get(id)
    return begun && new Exchange(begun, this.#outlet, id)
  }

  #park(id: string, begun: Begun): void {
    const oldest = this.#parked.add(id, begun)
    if (oldest !== undefined) this.#abandon(oldest)
  }

  #abandon(begun: Begun): void {
    const seen = { ...unseen(), status: 200, read: true }
    const facts = { ...noFacts(), ended: false }
    const duration = this.#options.clock.monotonic() - begun.at
    for (const call of callsOf(begun, seen, facts, 'left', duration)) {
      this.#options.guard.run('llm wire', () => this.#options.sink({ ...call, outcome: 'ok' }, begun.origin), undefined)
    }
  }

  #isKnown(path: string, result: number): boolean {
    const counted = this.#batches.get(path) ?? 0
    if (result < counted) return true
    const [oldest] = this.#batches.size < MOST_BATCHES ? [] : this.#batches.keys()
    if (oldest !== undefined && counted === 0) this.#batches.delete(oldest)
    this.#batches.set(path, result + 1)
    return false
  }
}
