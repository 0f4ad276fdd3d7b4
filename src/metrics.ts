import { randomBytes } from 'node:crypto'
import { makeAlerts } from './alerting.ts'
import type { Alerts } from './alerts/alerts.ts'
import type { RuleOptions } from './alerts/rule.ts'
import { Access } from './api/access.ts'
import { Api } from './api/api.ts'
import { type Peer, respondTo } from './api/fetch.ts'
import { looksLikeOptions, type Options, settle, type Settings } from './config.ts'
import { type Clock, systemClock } from './core/time.ts'
import { MetricsError } from './errors.ts'
import { facts } from './facts.ts'
import { find } from './frameworks/find.ts'
import { origins } from './llm/origin.ts'
import type { CheckOptions } from './health/check.ts'
import type { Heartbeat } from './health/checks/heartbeat.ts'
import type { Health } from './health/health.ts'
import type { CheckTarget } from './health/target.ts'
import { Claimer } from './pipeline/claimer.ts'
import { Deploys } from './pipeline/deploys.ts'
import { Flusher } from './pipeline/flusher.ts'
import { Overflows } from './pipeline/overflows.ts'
import { Secret } from './pipeline/secret.ts'
import { beforeLeaving } from './pipeline/signals.ts'
import { Timers } from './pipeline/timers.ts'
import { params, type Query, type QueryAnswer, read } from './questions.ts'
import { Probes } from './probes.ts'
import { Recorder } from './recorder.ts'
import { Recording } from './recording.ts'
import type { Schema, SchemaLike } from './schema.ts'
import { attach, type Attachment } from './server/server.ts'
import { makeStore } from './stores.ts'
import type { Standing, Store } from './storage/store.ts'

const CLOSE_WITHIN = 5_000

/** Metrics of one app: records, keeps and answers. Construct it with the app, or with nothing to watch every server. */
export class Metrics<S extends SchemaLike<S> = Schema> extends Recording<S> {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #recorder: Recorder
  readonly #store: Store
  readonly #secret: Secret
  readonly #flusher: Flusher
  readonly #timers: Timers
  readonly #probes: Probes
  readonly #api: Api
  readonly #started: number
  readonly #attachment: Attachment
  readonly #detach: (() => void)[] = []
  #closing: Promise<void> | undefined
  /** How this process is: its checks, its state, and what a host can say of it. */
  readonly health: Health
  /** What is watched, and whom it tells. */
  readonly alerts: Alerts
  /** Resolves once the storage is open, with how it stands; never rejects. */
  readonly ready: Promise<Standing>

  /** Throws a MetricsError with code `bad_option` for an option that cannot be; never because of the app. */
  constructor(app?: unknown, options: Options = {}) {
    const alone = looksLikeOptions(app)
    const settings = settle(alone ? app : options, process.env)
    const writer = `${systemClock.now().toString(36)}-${randomBytes(6).toString('hex')}`
    const recorder = new Recorder(settings, systemClock, writer)
    super(recorder)
    this.#settings = settings
    this.#clock = systemClock
    this.#started = this.#clock.monotonic()
    this.#recorder = recorder
    this.#probes = this.#makeProbes()
    this.health = this.#probes.health
    this.#api = this.#makeApi()
    this.#store = makeStore(settings, writer, (line) => recorder.guard.once('no thread', line))
    this.#secret = new Secret(this.#store, recorder.uniques, this.#clock)
    const watched = { settings, clock: systemClock, recorder, store: this.#store, health: this.health, writer }
    this.alerts = makeAlerts({ ...watched, flush: () => this.#flusher.flush() })
    this.#flusher = this.#makeFlusher(writer)
    this.ready = this.#open()
    this.#timers = new Timers(
      settings.flushEvery,
      () => this.#flusher.tick(),
      () => this.#maintain()
    )
    this.#attachment = this.#attach(alone ? undefined : app)
    const last = (): Promise<boolean> => this.#flusher.last()
    const idle = (): Promise<boolean> => (recorder.costs.idle(), last())
    const keeping = { last, idle, gone: () => this.close() }
    const leaving = { ...keeping, ...this.#probes.leaving(this.#attachment, recorder.http) }
    this.#detach.push(this.#attachment.detach, beforeLeaving(leaving))
    recorder.costs.attach()
    recorder.system.start()
  }

  /** The answer of GET /metrics/query. Rejects with a MetricsError for what cannot be answered. */
  async query(query: Query): Promise<QueryAnswer> {
    if (this.#closing !== undefined) throw new MetricsError('closed', 'These metrics are closed.')
    const unkept = !(await this.#flusher.flush())
    const now = this.#clock.now()
    const ask = { route: 'query', params: params(query), url: '', accept: 'application/json', now, facts: { unkept } }
    return read(await this.#store.answer(ask))
  }

  /** Checks something in the background: a function, `{ http }`, `{ disk }` or a client. Throws `bad_option` for what cannot be. */
  check(name: string, target: CheckTarget, options?: CheckOptions): void {
    this.health.check(name, target, options)
  }

  /** A check that fails when `beat()` was not called for as long as `every`, as `'25h'`; `degraded` unless said. Throws `bad_option`. */
  heartbeat(name: string, every: string, options?: CheckOptions): Heartbeat {
    return this.health.heartbeat(name, every, options)
  }

  /** Watches a rule: an object, a line or the name of a ready-made one. Throws `bad_option` that names rule and field. */
  alert(rule: string | RuleOptions): void {
    this.alerts.add(rule)
  }

  /** The app has come up: needed with `health: { start: 'manual' }` only. */
  started(): void {
    this.health.started()
  }

  /** Answers a web-standard request for one of our routes, for apps that mount them themselves (`path: false`). */
  fetch(request: Request, peer: Peer = {}): Promise<Response> {
    return respondTo(this.#api, request, peer)
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
    this.end()
    this.health.end()
    for (const detach of this.#detach) this.#recorder.guard.run('closing', detach, undefined)
    this.#timers.stop()
    this.#recorder.system.stop()
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN)))
    const last = async (): Promise<void> => {
      await this.alerts.end()
      await this.#flusher.flush()
      await this.#store.close()
    }
    await Promise.race([last().catch((error: unknown) => this.#recorder.guard.caught('closing', error)), deadline])
    clearTimeout(timer)
  }

  async #open(): Promise<Standing> {
    try {
      const standing = await this.#store.open()
      void this.#secret.look()
      if (standing.problem !== null) this.#recorder.guard.say('storage', standing.problem)
    } catch (error) {
      this.#recorder.guard.caught('storage', error)
    }
    return this.#store.standing()
  }

  async #maintain(): Promise<void> {
    try {
      // After an outage what is waiting comes first: a minute that is sealed takes nothing more from its writer.
      if (await this.#flusher.flush()) await this.#store.maintain(this.#clock.now())
      const { problem } = this.#store.standing()
      if (problem !== null) this.#recorder.guard.say('storage', problem)
    } catch (error) {
      this.#recorder.guard.caught('maintenance', error)
    }
  }

  #attach(app: unknown): Attachment {
    const { path, healthPath, route } = this.#settings
    const prefixes = [
      { option: 'path', path },
      { option: 'healthPath', path: healthPath },
    ]
    return attach({
      app,
      framework: find(app),
      http: this.#recorder.http,
      api: path === false && healthPath === false ? undefined : this.#api,
      prefixes: prefixes.filter((prefix): prefix is { option: string; path: string } => prefix.path !== false),
      route,
      contexts: this.#settings.llm === undefined ? undefined : origins(),
      loop: this.#recorder.system.loop,
      left: () => this.#recorder.leave(),
      failed: (error, endpoint, method, status) => this.#recorder.errors.failed(error, endpoint, method, status),
      say: (kind, line) => this.#recorder.guard.once(kind, line),
      fault: (error) => this.#recorder.guard.caught('request', error),
    })
  }

  #makeFlusher(writer: string): Flusher {
    const { registry, guard, http, tracker, errors, costs, system, deploys, overflows } = this.#recorder
    const { instance, labels } = this.#settings
    const way = { store: this.#store, clock: this.#clock, guard, instance }
    return new Flusher({
      ...way,
      registry,
      tails: [http, tracker, errors, costs, system, this.health.tail, this.alerts.tail],
      sums: (window, final, breathe) => http.whole.entries(window, final, breathe),
      claimer: new Claimer({ ...way, held: tracker.once.held, writer }),
      notes: [
        costs,
        this.#secret,
        this.#probes.beats,
        new Deploys({ ...way, waiting: deploys, labels }),
        new Overflows(this.#store, overflows),
      ],
      sample: () => {
        this.#recorder.sample()
        this.#probes.sample()
      },
    })
  }

  #makeProbes(): Probes {
    return new Probes({
      settings: this.#settings,
      recorder: this.#recorder,
      keeping: () => ({ store: this.#store, flusher: this.#flusher }),
      draining: () => this.#attachment.drain(),
    })
  }

  #makeApi(): Api {
    const { keys, authorize, production, path, healthPath, cors } = this.#settings
    const access = new Access({ keys, authorize, production }, this.#clock)
    if (production && !access.configured && path !== false) this.#recorder.keyless(path)
    return new Api({
      path,
      healthPath,
      cors,
      access,
      clock: this.#clock,
      flush: () => this.#flusher.flush(),
      answer: (ask) => this.#store.answer(ask),
      facts: () =>
        facts(this.#settings, this.#recorder, this.#flusher, this.#store.standing(), this.#started, this.alerts),
      health: (probe) => this.#probes.answer(probe),
      failed: (error) => this.#recorder.guard.caught('api', error),
    })
  }
}
