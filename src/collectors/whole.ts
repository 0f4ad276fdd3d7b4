import type { Entry } from '../core/box.ts'
import { Point } from '../core/point.ts'
import type { Registry } from '../core/registry.ts'
import type { PointWindow, Series } from '../core/series.ts'
import { statusClass, WHOLE } from '../names.ts'

/** Points merged between two looks at the clock. */
const STEP = 50
/** Of a minute that is still open, more than this are merged when it is over: its numbers by instance come later. */
const MANY = 2_000

/** Requests of this process as a whole, made of the points of its endpoints: counting a request costs nothing more. */
export class Whole {
  readonly #registry: Registry
  readonly #instance: string
  readonly #into = new Map<Series, Series>()

  constructor(registry: Registry, instance: string) {
    this.#registry = registry
    this.#instance = instance
  }

  /** A series of requests with this status is part of it. */
  requests(series: Series, status: string): Series {
    const labels = { instance: this.#instance, status_class: statusClass(status) }
    if (!this.#into.has(series)) this.#into.set(series, this.#registry.series(WHOLE.http_requests, labels))
    return series
  }

  /** A series of latencies is part of it. */
  latency(series: Series): Series {
    const labels = { instance: this.#instance }
    if (!this.#into.has(series)) this.#into.set(series, this.#registry.series(WHOLE.http_latency_ms, labels))
    return series
  }

  /** The points that a minute comes to, as far as it has been filled. */
  async entries(
    { filled }: PointWindow,
    final: boolean,
    breathe: () => Promise<void> | undefined
  ): Promise<readonly Entry[]> {
    if (!final && filled.length > MANY) return []
    const points = new Map<Series, Point>()
    for (let i = 0; i < filled.length; i++) {
      const { series, point } = filled[i]!
      const into = this.#into.get(series)?.living()
      if (into === undefined) continue
      let whole = points.get(into)
      if (whole === undefined) points.set(into, (whole = new Point()))
      whole.merge(point)
      const pause = i % STEP === STEP - 1 ? breathe() : undefined
      if (pause !== undefined) await pause
    }
    return [...points].map(([{ metric, labels }, point]) => ({ metric, labels, point }))
  }
}
