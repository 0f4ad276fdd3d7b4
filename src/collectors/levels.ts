import type { Series } from '../core/series.ts'

/** Gauges that were set: each holds its value until it is set again, so it is observed anew whenever gauges are read. */
export class Levels {
  readonly #values = new Map<Series, { value: number; fresh: boolean }>()

  /** From now on the value is this; it has just been observed. */
  set(series: Series, value: number): void {
    const known = this.#values.get(series)
    if (known === undefined) this.#values.set(series, { value, fresh: true })
    else {
      known.value = value
      known.fresh = true
    }
  }

  /** Observes those that were not set since the last time. */
  hold(now: number): void {
    for (const [series, level] of this.#values) {
      if (!level.fresh) series.observe(level.value, now)
      level.fresh = false
    }
  }
}
