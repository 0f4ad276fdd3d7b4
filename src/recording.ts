import type { LooseLabels } from './collectors/track.ts'
import type { TrackOptions } from './collectors/once.ts'
import { Counter, Gauge, Histogram } from './instruments.ts'
import type { Recorder } from './recorder.ts'

/** The business metrics of an app and their labels, for those who want the compiler to check them. */
export type Schema = Readonly<Record<string, LooseLabels>>

/** What an app records by hand. Nothing here throws, and nothing waits. */
export class Recording<S extends Schema = Schema> {
  readonly #recorder: Recorder
  #closed = false

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  /**
   * One business value; `value` is 1 unless given. With an `id` it counts once, however often it is tracked within a day.
   * Never throws: what cannot be recorded is counted and said once.
   */
  track<N extends keyof S & string>(name: N, value: number, labels?: S[N], options?: TrackOptions): void
  track<N extends keyof S & string>(name: N, labels?: S[N], options?: TrackOptions): void
  track(name: string, value: number | LooseLabels = 1, more?: LooseLabels | TrackOptions, options?: TrackOptions): void {
    try {
      if (this.#isClosed(name)) return
      const { tracker } = this.#recorder
      if (typeof value === 'object' && value !== null) tracker.track(name, 1, value, more as TrackOptions | undefined)
      else tracker.track(name, value, (more ?? {}) as LooseLabels, options)
    } catch (error) {
      this.#recorder.guard.caught('track', error)
    }
  }

  /** A metric that is added to. */
  counter(name: string, options: { readonly unit?: string } = {}): Counter {
    return new Counter((value, labels) => this.#observe(name, 'counter', false, options.unit, value, labels))
  }

  /** A metric that is set; with `read`, it is read whenever it is about to be kept. */
  gauge(name: string, read?: () => number, options: { readonly unit?: string } = {}): Gauge {
    const gauge = new Gauge((value, labels) => this.#observe(name, 'gauge', false, options.unit, value, labels), read)
    if (read !== undefined) this.#recorder.gauges.set(name, gauge)
    return gauge
  }

  /** A metric of which percentiles are wanted. */
  histogram(name: string, options: { readonly unit?: string } = {}): Histogram {
    return new Histogram((value, labels) => this.#observe(name, 'histogram', true, options.unit, value, labels))
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
    kind: 'counter' | 'gauge' | 'histogram',
    buckets: boolean,
    unit: string | undefined,
    value: number,
    labels: LooseLabels
  ): void {
    try {
      if (!this.#isClosed(name)) this.#recorder.tracker.observe(name, kind, buckets, unit, value, labels)
    } catch (error) {
      this.#recorder.guard.caught(kind, error)
    }
  }

  #isClosed(name: unknown): boolean {
    if (this.#closed) this.#recorder.late(name)
    return this.#closed
  }
}
