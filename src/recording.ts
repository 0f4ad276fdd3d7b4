import type { TrackOptions } from './collectors/once.ts'
import { timed } from './collectors/timed.ts'
import type { LooseLabels } from './collectors/track.ts'
import type { Id } from './collectors/unique.ts'
import { Counter, Gauge, Histogram, Unique } from './instruments.ts'
import type { Llm } from './llm/llm.ts'
import type { Recorder } from './recorder.ts'
import type { NameIn, Schema, SchemaLike } from './schema.ts'

/** What a metric can be told beside its name. */
export interface MetricOptions {
  /** Shown in answers: `USD`, `ms`, `jobs`. Default: what the name speaks of. */
  readonly unit?: string
}

/** What a gauge can be told. */
export interface GaugeOptions extends MetricOptions {
  /** Each process says the same, such as the length of a queue that all share: then values do not add up over processes. */
  readonly shared?: boolean
}

/** What an app records by hand. Nothing here throws, and nothing waits. */
export class Recording<S extends SchemaLike<S> = Schema> {
  /** On whose account calls of language models are, and those that nobody could see. */
  readonly llm: Llm
  readonly #recorder: Recorder
  #closed = false

  constructor(recorder: Recorder) {
    this.#recorder = recorder
    this.llm = recorder.costs.llm
  }

  /**
   * One business value; `value` is 1 unless given. With an `id` it counts once, however often it is tracked within a day.
   * Never throws: what cannot be recorded is counted and said once.
   */
  track<N extends NameIn<S>>(name: N, value: number, labels?: S[N], options?: TrackOptions): void
  track<N extends NameIn<S>>(name: N, labels?: S[N], options?: TrackOptions): void
  track(
    name: string,
    value: number | LooseLabels = 1,
    more?: LooseLabels | TrackOptions,
    options?: TrackOptions
  ): void {
    try {
      if (this.#isClosed(name)) return
      const { tracker } = this.#recorder
      if (typeof value === 'object' && value !== null) tracker.track(name, 1, value, more)
      else tracker.track(name, value, (more ?? {}) as LooseLabels, options)
    } catch (error) {
      this.#recorder.guard.caught('track', error)
    }
  }

  /** A metric that is added to. */
  counter<N extends NameIn<S>>(name: N, options: MetricOptions = {}): Counter<S[N]> {
    return new Counter((value, labels) => this.#observe(name, 'counter', false, options, value, labels))
  }

  /**
   * A metric that is set; with `read`, it is read whenever it is about to be kept, and the latest `read` of a name holds.
   * Its values add up over processes that are alive, unless it is `shared`.
   */
  gauge<N extends NameIn<S>>(
    name: N,
    read?: (() => number | Promise<number>) | GaugeOptions,
    options: GaugeOptions = typeof read === 'object' ? read : {}
  ): Gauge<S[N]> {
    const held = typeof read !== 'function'
    const observe = (value: number, labels: LooseLabels): void => this.#level(name, options?.unit, value, labels, held)
    if (options?.shared === true) this.#recorder.tracker.share(name)
    if (typeof read !== 'function') return new Gauge<S[N]>(observe)
    const gauge = new Gauge<S[N]>(observe, read)
    this.#recorder.watch(name, gauge)
    return gauge
  }

  /** A metric of which percentiles are wanted. */
  histogram<N extends NameIn<S>>(name: N, options: MetricOptions = {}): Histogram<S[N]> {
    return new Histogram((value, labels) => this.#observe(name, 'histogram', true, options, value, labels))
  }

  /** How many different ones there were, such as active users, over any range, within 2 %. Ids are never kept. */
  unique<N extends NameIn<S>>(name: N, options: MetricOptions = {}): Unique<S[N]> {
    return new Unique((id, labels) => this.#tell(name, options, id, labels))
  }

  /**
   * Runs `work` and records how long it took and how it ended, in the histogram `<name>_ms` with the label `outcome`: `ok`
   * or `error`. Gives what `work` gives, a promise for a promise, and throws what it throws, which is kept as an error too.
   */
  time<T, N extends NameIn<S>>(name: N, work: () => T, labels?: S[N]): T {
    if (typeof work !== 'function') return this.#recorder.notWork(name, work)
    const began = this.#recorder.clock.monotonic()
    return timed(work, (failure) => {
      const took = this.#recorder.clock.monotonic() - began
      if (!this.#isClosed(name)) this.#recorder.took(name, took, labels ?? {}, failure)
    })
  }

  /** What something cost, USD, that is not seen by itself: `cost('sms', 0.04, { to: 'de' })`. Never throws. */
  cost(name: string, usd: number, labels: LooseLabels = {}): void {
    if (!this.#isClosed(name)) this.#recorder.costs.cost(name, usd, labels)
  }

  /** Marks that `version` runs from now on. Of all processes and restarts that say so one mark is kept. */
  deploy(version: string): void {
    if (!this.#isClosed('deploy')) this.#recorder.deployed(version)
  }

  /** Keeps an error with its stack, grouped by type and place. Never throws. */
  error(error: unknown, labels: LooseLabels = {}): void {
    if (!this.#isClosed('error')) this.#recorder.error(error, labels)
  }

  /** From now on what comes is counted as late. */
  protected end(): void {
    this.#closed = true
  }

  #observe(
    name: string,
    kind: 'counter' | 'histogram',
    buckets: boolean,
    options: MetricOptions | null,
    value: number,
    labels: LooseLabels
  ): void {
    try {
      if (!this.#isClosed(name)) this.#recorder.tracker.observe(name, kind, buckets, options?.unit, value, labels)
    } catch (error) {
      this.#recorder.guard.caught(kind, error)
    }
  }

  #level(name: string, unit: string | undefined, value: number, labels: LooseLabels, held: boolean): void {
    try {
      if (!this.#isClosed(name)) this.#recorder.tracker.level(name, unit, value, labels, held)
    } catch (error) {
      this.#recorder.guard.caught('gauge', error)
    }
  }

  #tell(name: string, options: MetricOptions | null, id: Id, labels: LooseLabels): void {
    try {
      if (!this.#isClosed(name)) this.#recorder.unique(name, options?.unit, id, labels)
    } catch (error) {
      this.#recorder.guard.caught('unique', error)
    }
  }

  #isClosed(name: unknown): boolean {
    if (this.#closed) this.#recorder.late(name)
    return this.#closed
  }
}
