import { randomBytes } from 'node:crypto'
import { Access } from './api/access.ts'
import { Api, type ApiRequest, type ApiResponse } from './api/api.ts'
import { ErrorCollector } from './collectors/errors.ts'
import { HttpCollector } from './collectors/http.ts'
import { PROBES } from './collectors/ignored.ts'
import { ProcessUsage } from './collectors/process.ts'
import { type LooseLabels, Tracker } from './collectors/track.ts'
import { looksLikeOptions, type Options, settle, type Settings } from './config.ts'
import { Registry } from './core/registry.ts'
import { type Clock, systemClock } from './core/time.ts'
import { MetricsError } from './errors.ts'
import { find } from './frameworks/find.ts'
import { Guard } from './guard.ts'
import { Counter, Gauge, Histogram } from './instruments.ts'
import { OVERFLOW } from './names.ts'
import { Flusher } from './pipeline/flusher.ts'
import { beforeLeaving } from './pipeline/signals.ts'
import { Timers } from './pipeline/timers.ts'
import { params, type Query, type QueryAnswer } from './questions.ts'
import { attach } from './server/server.ts'
import type { StoreOptions } from './store.ts'
import { makeStore } from './stores.ts'
import type { Standing, Store } from './storage/store.ts'

/** The business metrics of an app and their labels, for those who want the compiler to check them. */
export type Schema = Readonly<Record<string, LooseLabels>>

const MAX_ENDPOINTS = 500
const CLOSE_WITHIN = 5_000

/** Metrics of one app: records, keeps and answers. Construct it with the app, or with nothing to watch every server. */
export class Metrics<S extends Schema = Schema> {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #guard: Guard
  readonly #registry: Registry
  readonly #tracker: Tracker
  readonly #errors: ErrorCollector
  readonly #http: HttpCollector
  readonly #usage: ProcessUsage
  readonly #store: Store
  readonly #flusher: Flusher
  readonly #timers: Timers
  readonly #api: Api
  readonly #gauges = new Map<string, Gauge>()
  readonly #started: number
  readonly #drops = new Map<string, number>()
  readonly #detach: (() => void)[] = []
  #closing: Promise<void> | undefined
  /** Resolves once the storage is open, with how it stands; never rejects. */
  readonly ready: Promise<Standing>

  /** Throws a MetricsError with code `bad_option` for an option that cannot be; never because of the app. */
  constructor(app?: unknown, options: Options = {}) {
    const alone = looksLikeOptions(app)
    this.#settings = settle(alone ? app : options, process.env)
    const settings = this.#settings
    this.#clock = systemClock
    this.#started = this.#clock.monotonic()
    this.#guard = new Guard(this.#clock, settings.log)
    const writer = `${this.#clock.now().toString(36)}-${randomBytes(6).toString('hex')}`
    this.#registry = this.#makeRegistry(writer)
    this.#tracker = this.#makeTracker()
    this.#errors = new ErrorCollector(this.#clock, settings.instance)
    this.#http = this.#makeHttp()
    this.#usage = new ProcessUsage(this.#clock)
    this.#api = this.#makeApi()
    this.#store = makeStore(settings.storage, this.#storeOptions(writer))
    this.#flusher = this.#makeFlusher()
    this.ready = this.#open()
    this.#timers = new Timers(
      settings.flushEvery,
      () => this.#flusher.tick(),
      () => this.#maintain()
    )
    this.#detach.push(beforeLeaving(() => this.#flusher.last()))
    this.#detach.push(this.#attach(alone ? undefined : app))
  }

  /** One business value; `value` is 1 unless given. Never throws: what cannot be recorded is counted and said once. */
  track<N extends keyof S & string>(name: N, value: number, labels?: S[N]): void
  track<N extends keyof S & string>(name: N, labels?: S[N]): void
  track(name: string, value: number | LooseLabels = 1, labels: LooseLabels = {}): void {
    try {
      if (this.#isClosed(name)) return
      if (typeof value === 'object' && value !== null) this.#tracker.track(name, 1, value)
      else this.#tracker.track(name, value, labels ?? {})
    } catch (error) {
      this.#guard.caught('track', error)
    }
  }

  /** A metric that is added to. */
  counter(name: string, options: { readonly unit?: string } = {}): Counter {
    return new Counter((value, labels) => this.#observe(name, 'counter', false, options.unit, value, labels))
  }

  /** A metric that is set; with `read`, it is read whenever it is about to be kept. */
  gauge(name: string, read?: () => number, options: { readonly unit?: string } = {}): Gauge {
    const gauge = new Gauge((value, labels) => this.#observe(name, 'gauge', false, options.unit, value, labels), read)
    if (read !== undefined) this.#gauges.set(name, gauge)
    return gauge
  }

  /** A metric of which percentiles are wanted. */
  histogram(name: string, options: { readonly unit?: string } = {}): Histogram {
    return new Histogram((value, labels) => this.#observe(name, 'histogram', true, options.unit, value, labels))
  }

  /** Keeps an error with its stack, grouped by type and place. Never throws. */
  error(error: unknown, labels: LooseLabels = {}): void {
    this.#guard.run(
      'error',
      () => this.#errors.record(error, this.#tracker.labels('error', labels) ?? {}, null),
      undefined
    )
  }

  /** The answer of GET /metrics/query. Rejects with a MetricsError for what cannot be answered. */
  async query(query: Query): Promise<QueryAnswer> {
    if (this.#closing !== undefined) throw new MetricsError('closed', 'These metrics are closed.')
    await this.#flusher.flush()
    const now = this.#clock.now()
    const ask = { route: 'query', params: params(query), url: '', accept: 'application/json', now, facts: {} }
    const answer = await this.#store.answer(ask)
    const body = JSON.parse(new TextDecoder().decode(answer.body)) as QueryAnswer & { error?: string; message?: string }
    if (answer.status === 200) return { ...body, rows: body.data }
    throw new MetricsError((body.error ?? 'unavailable') as MetricsError['code'], body.message ?? 'No answer.', {
      ...('parameter' in body ? { parameter: String(body.parameter) } : {}),
      ...('hint' in body ? { hint: String(body.hint) } : {}),
    })
  }

  /** Answers a request for one of our routes, for apps that mount them themselves (`path: false`). */
  respond(request: ApiRequest): Promise<ApiResponse> {
    return this.#api.respond(request)
  }

  /** Puts everything recorded so far into the store; false when the store did not take it (it stays in memory). */
  flush(): Promise<boolean> {
    return this.#flusher.flush()
  }

  /** Stops counting, keeps the rest, closes the storage. Safe to call twice; never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const detach of this.#detach) this.#guard.run('closing', detach, undefined)
    this.#timers.stop()
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN)))
    const last = async (): Promise<void> => {
      await this.#flusher.flush()
      await this.#store.close()
    }
    await Promise.race([last().catch((error: unknown) => this.#guard.caught('closing', error)), deadline])
    clearTimeout(timer)
  }

  async #open(): Promise<Standing> {
    try {
      const standing = await this.#store.open()
      if (standing.problem !== null) this.#guard.say('storage', standing.problem)
    } catch (error) {
      this.#guard.caught('storage', error)
    }
    return this.#store.standing()
  }

  async #maintain(): Promise<void> {
    try {
      await this.#store.maintain(this.#clock.now())
    } catch (error) {
      this.#guard.caught('maintenance', error)
    }
  }

  #attach(app: unknown): () => void {
    const { path, healthPath, route } = this.#settings
    const prefixes = [
      { option: 'path', path },
      { option: 'healthPath', path: healthPath },
    ]
    return attach({
      app,
      framework: find(app),
      http: this.#http,
      api: path === false && healthPath === false ? undefined : this.#api,
      prefixes: prefixes.filter((prefix): prefix is { option: string; path: string } => prefix.path !== false),
      route,
      failed: (error, endpoint, method, status) => this.#errors.failed(error, endpoint, method, status),
      say: (kind, line) => this.#guard.once(kind, line),
      fault: (error) => this.#guard.caught('request', error),
    })
  }

  #observe(
    name: string,
    kind: 'counter' | 'gauge' | 'histogram',
    buckets: boolean,
    unit: string | undefined,
    value: number,
    labels: LooseLabels
  ): void {
    try {
      if (!this.#isClosed(name)) this.#tracker.observe(name, kind, buckets, unit, value, labels)
    } catch (error) {
      this.#guard.caught(kind, error)
    }
  }

  #isClosed(name: string): boolean {
    if (this.#closing === undefined) return false
    this.#drops.set('closed', (this.#drops.get('closed') ?? 0) + 1)
    this.#guard.once('closed', `not recorded: '${String(name).slice(0, 80)}' came after close()`)
    return true
  }

  #storeOptions(writer: string): StoreOptions {
    const { timezone, kept, events, maxSize } = this.#settings
    return { writer, timezone, kept, events, maxSize }
  }

  #makeRegistry(writer: string): Registry {
    return new Registry({
      writer,
      labels: this.#settings.labels,
      maxSeries: this.#settings.maxSeries,
      maxSeriesPerMetric: this.#settings.maxSeriesPerMetric,
      overflow: OVERFLOW,
      overflowed: (metric, labels) =>
        this.#guard.once(
          `overflow ${metric}`,
          `'${metric}' has too many label sets (labels: ${Object.keys(labels).join(', ')}): further ones are counted as ${OVERFLOW}; options maxSeriesPerMetric and maxSeries`
        ),
    })
  }

  #makeTracker(): Tracker {
    const { redact, sample } = this.#settings
    return new Tracker({
      registry: this.#registry,
      clock: this.#clock,
      guard: this.#guard,
      redact,
      sample,
      drops: this.#drops,
    })
  }

  #makeHttp(): HttpCollector {
    const { instance, slow, sample, ignore } = this.#settings
    return new HttpCollector(this.#registry, {
      clock: this.#clock,
      instance,
      slow,
      sample,
      ignore: ignore ?? PROBES,
      maxEndpoints: MAX_ENDPOINTS,
    })
  }

  #makeFlusher(): Flusher {
    return new Flusher({
      registry: this.#registry,
      store: this.#store,
      clock: this.#clock,
      guard: this.#guard,
      instance: this.#settings.instance,
      tails: [this.#http, this.#tracker, this.#errors],
      sample: () => {
        this.#http.sample()
        this.#usage.sample()
        for (const gauge of this.#gauges.values()) this.#guard.run('reading a gauge', () => gauge.read(), undefined)
      },
    })
  }

  #makeApi(): Api {
    const { keys, authorize, production, path, healthPath, cors } = this.#settings
    return new Api({
      path,
      healthPath,
      cors,
      access: new Access({ keys, authorize, production }, this.#clock),
      clock: this.#clock,
      flush: async () => void (await this.#flusher.flush()),
      answer: (ask) => this.#store.answer(ask),
      facts: () => this.#facts(),
      health: () => ({ status: 200, word: 'pass' }),
      failed: (error) => this.#guard.caught('api', error),
    })
  }

  /** What only this process knows, for the snapshot. */
  #facts(): Readonly<Record<string, unknown>> {
    const { app, instance, release } = this.#settings
    const standing = this.#store.standing()
    return {
      app,
      instance,
      release: release ?? null,
      uptime_seconds: Math.floor((this.#clock.monotonic() - this.#started) / 1000),
      active_requests: this.#http.active,
      cpu_percent: this.#usage.cpuPercent,
      memory_mb: this.#usage.memoryMb,
      storage_mode: standing.mode,
      storage_problem: standing.problem,
      last_flush: this.#flusher.lastAt ?? null,
      waiting_boxes: this.#flusher.waiting.boxes,
      waiting_events: this.#flusher.waiting.events,
      dropped: [...this.#drops, ...this.#flusher.drops].reduce((sum, [, count]) => sum + count, 0),
      faults: [...this.#guard.counts.values()].reduce((sum, count) => sum + count, 0),
    }
  }
}
