import { Alerts } from '../../src/alerts/alerts.ts'
import type { Alert } from '../../src/alerts/alert.ts'
import { BOOK, type Book, readBook } from '../../src/alerts/book.ts'
import { type AlertsOptions, settleAlerts } from '../../src/alerts/option.ts'
import type { RuleOptions } from '../../src/alerts/rule.ts'
import { answer } from '../../src/api/answer.ts'
import type { Labels } from '../../src/core/labels.ts'
import { Registry } from '../../src/core/registry.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { Guard } from '../../src/guard.ts'
import { STORED, unitOf } from '../../src/names.ts'
import { Flusher } from '../../src/pipeline/flusher.ts'
import { Dictionary } from '../../src/query/dictionary.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import type { Store } from '../../src/storage/store.ts'
import { LocalStore } from '../../src/store.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** One process: its alerts, and what its notifier `me` was given. */
export class Process {
  readonly alerts: Alerts
  readonly got: Alert[] = []
  readonly lines: string[] = []
  /** Called for each alert; what it throws is a failure. */
  answer: (alert: Alert) => unknown = () => undefined

  constructor(world: World, options: AlertsOptions, holder: string, store: World['store'] = world.store) {
    const me = async (alert: Alert): Promise<void> => {
      await this.answer(alert)
      this.got.push(alert)
    }
    const settings = settleAlerts({ ...options, notifiers: { me, ...options.notifiers } }, world.timezone)
    if (settings === false) throw new Error('alerts are off')
    this.alerts = new Alerts({
      settings,
      clock: world.clock,
      guard: new Guard(world.clock, (line) => this.lines.push(line)),
      store,
      flush: () => world.flusher.flush(),
      holder,
      app: 'shop',
      timezone: world.timezone,
      random: () => 0.5,
    })
  }

  /** Types of what was sent, in order. */
  get types(): string[] {
    return this.got.map(({ type }) => type)
  }

  /** Does what is due now. */
  async turn(): Promise<void> {
    await this.alerts.turn()
    await this.alerts.idle()
  }
}

/** A store and its processes, whose time passes only when told. */
export class World {
  readonly clock: FakeClock = fakeClock()
  readonly timezone: string
  readonly driver: StorageDriver
  store: Pick<Store, 'get' | 'swap' | 'answer' | 'put'>
  readonly flusher: Flusher
  readonly #registry: Registry
  readonly #real: LocalStore
  readonly processes: Process[] = []
  #count = 0

  constructor(timezone: string = 'UTC', driver: StorageDriver = memory()) {
    this.timezone = timezone
    this.driver = driver
    const options = { writer: 'w', app: 'shop', timezone, kept: KEPT, events: DAY, maxSize: 1e9 }
    this.#real = new LocalStore(driver, options)
    this.store = this.#real
    const limits = { maxSeries: 1e6, maxSeriesPerMetric: 1e6, overflow: '__overflow__', overflowed: () => undefined }
    this.#registry = new Registry({ writer: 'w', labels: {}, ...limits })
    const guard = new Guard(this.clock, () => undefined)
    const way = { store: this.#real, clock: this.clock, guard, instance: 'host' }
    this.flusher = new Flusher({ ...way, registry: this.#registry, tails: [], sample: () => undefined })
  }

  /** A process that watches these rules. */
  process(rules: readonly (string | RuleOptions)[], options: AlertsOptions = {}, store?: World['store']): Process {
    const made = new Process(this, { rules, ...options }, `p${this.#count++}`, store)
    this.processes.push(made)
    return made
  }

  /** A value of a metric. */
  gauge(name: string, value: number, labels: Labels = {}): void {
    this.#registry
      .series({ name, kind: 'gauge', unit: 'count', buckets: false }, labels)
      .observe(value, this.clock.now())
  }

  count(name: string, value: number, labels: Labels = {}): void {
    this.#registry
      .series({ name, kind: 'counter', unit: unitOf(name), buckets: true }, labels)
      .observe(value, this.clock.now())
  }

  /** Requests that ended. */
  requests(count: number, status: number, endpoint: string = '/pay', ms: number = 10): void {
    const labels = { endpoint, method: 'GET', status: String(status) }
    for (let i = 0; i < count; i++) {
      this.#registry.series(STORED.requests, labels).observe(1, this.clock.now())
      this.#registry.series(STORED.latency, labels).observe(ms * 1000, this.clock.now())
    }
  }

  /** A call of a model. */
  spend(usd: number, labels: Labels = {}, pricing: string = 'exact'): void {
    const all = { provider: 'openai', model: 'gpt-5', endpoint: '/sum', ...labels }
    this.#registry.series(STORED.llmCalls, { ...all, status: 'ok', pricing }).observe(1, this.clock.now())
    if (pricing === 'exact')
      this.#registry.series(STORED.llmCost, { ...all, pricing }).observe(usd * 1e9, this.clock.now())
  }

  /** Lets time go by in steps, each process doing what is due after each; `each` is called before. */
  async pass(ms: number, each: () => void = () => undefined, step: number = 15 * SECOND): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left))
      each()
      for (const process of this.processes) await process.turn()
    }
  }

  /** Time goes by in which nothing happens but that the store is looked after. */
  async rest(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= HOUR) {
      this.clock.advance(Math.min(HOUR, left))
      await this.flusher.flush()
      await this.#real.maintain(this.clock.now())
    }
  }

  /** A process dies: nothing of it happens any more. */
  kill(process: Process): void {
    this.processes.splice(this.processes.indexOf(process), 1)
  }

  async book(): Promise<Book> {
    return readBook(await this.store.get(BOOK))
  }

  /** A view of the API as it is answered beside the data. */
  async view(route: string, params: readonly (readonly [string, string])[] = []): Promise<Record<string, unknown>> {
    const { driver, timezone } = this
    const facts = { alerts: this.processes[0]?.alerts.facts() ?? null }
    const asked = { route, params, url: `http://h/metrics/${route}`, accept: '', now: this.clock.now(), facts }
    const { body } = await answer(asked, { driver, dictionary: new Dictionary(driver), timezone, kept: KEPT })
    return JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>
  }
}
