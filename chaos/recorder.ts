import type { Server, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../src/index.ts'
import { DAYS_KEPT } from './clock.ts'
import { batchOf, type Item, nameOf, valueOf } from './items.ts'

const { CHAOS_STORAGE = '', CHAOS_PLACE = '', CHAOS_FLUSH = '50ms' } = process.env
/** So many names fit into one write that no other thread's can come between. */
const AT_ONCE = 200
/** How often it acknowledges, ms, and after how many of these it says how much it has dropped. */
const EVERY = 120
const WORDS = 5

/** The library in a thread of the app: records what is asked for, and tells what is kept and what was dropped. */
export class Recorder {
  readonly #metrics: Metrics
  readonly #tell: (line: string) => void
  /** Recorded, and not yet known to be kept: values, and requests. */
  #values: string[] = []
  #requests = 0
  #left = false
  /** One at a time says something, so that what is said about drops is about all that was said before. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(server: Server, thread: number, tell: (line: string) => void) {
    this.#tell = tell
    this.#metrics = new Metrics(server, {
      storage: CHAOS_STORAGE,
      flushEvery: CHAOS_FLUSH,
      instance: `app-${CHAOS_PLACE}-${process.pid}-${thread}`,
      retention: { events: `${DAYS_KEPT}d` },
      route: ({ url = '/' }) => url.split('?')[0],
      ignore: ['/ctl/*'],
      system: false,
      log: (line) => tell(`log ${line}`),
    })
  }

  /** Records an item, whose request ends with this response. */
  records(item: Item, response: ServerResponse): void {
    const labels = { batch: batchOf(item) }
    if (item.kind === 'orders') this.#metrics.track('orders', valueOf(item), labels, { id: item.number })
    else this.#metrics.track('money', item.kind === 'money' ? valueOf(item) : Number.NaN, labels)
    this.#values.push(nameOf(item))
    // The library counts a request when its response has closed.
    response.on('close', () => setImmediate(() => this.#requests++))
  }

  /** Says again and again what is kept. */
  async run(): Promise<void> {
    for (let round = 1; !this.#left; round++) {
      await pause(EVERY)
      await this.#next(async () => {
        if (!this.#left && (await this.#acknowledge()) && round % WORDS === 0) await this.#word()
      })
    }
  }

  /** Tries for long to keep everything, and says how much was dropped. */
  settle(until: () => boolean): Promise<boolean> {
    return this.#next(async () => {
      for (; !until(); await pause(100)) if ((await this.#acknowledge()) && (await this.#word())) return true
      return false
    })
  }

  /** Its last words; then it closes. */
  async leave(): Promise<void> {
    this.#left = true
    await this.#next(async () => (await this.#acknowledge()) && this.#word())
    await this.#metrics.close()
  }

  #next<T>(what: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(what)
    this.#turn = next
    return next
  }

  /** One flush; what was recorded before it is acknowledged if it succeeds. */
  async #acknowledge(): Promise<boolean> {
    const [before, count] = [this.#values, this.#requests]
    this.#values = []
    this.#requests = 0
    const kept = await this.#metrics.flush()
    if (kept) this.#keeps(count, before)
    else {
      this.#values = [...before, ...this.#values]
      this.#requests += count
    }
    return kept
  }

  #keeps(requests: number, names: readonly string[]): void {
    for (let at = 0; at === 0 || at < names.length; at += AT_ONCE)
      this.#tell(`kept ${at === 0 ? requests : 0} ${names.slice(at, at + AT_ONCE).join(' ')}`)
  }

  async #word(): Promise<boolean> {
    const answer = await this.#metrics.fetch(new Request('http://127.0.0.1/metrics'), { address: '127.0.0.1' })
    const { dropped } = (await answer.json()) as { dropped?: number }
    if (dropped === undefined) return false
    this.#tell(`drops ${dropped}`)
    return true
  }
}
