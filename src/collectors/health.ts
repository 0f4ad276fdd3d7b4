import type { Registry } from '../core/registry.ts'
import type { Clock } from '../core/time.ts'
import type { Series } from '../core/series.ts'
import { STORED } from '../names.ts'

/** Counts probes, and records what checks and readiness say over time. */
export class HealthCollector {
  readonly #registry: Registry
  readonly #clock: Clock
  /** By probe and status, held: a crowd may come. */
  readonly #probes = new Map<string, Series>()

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry
    this.#clock = clock
  }

  /** A check has come back after `ms`; `grade` is 1 where it passes, 0.5 where it warns, 0 where it fails. */
  checked(check: string, grade: number, ms: number): void {
    const now = this.#clock.now()
    this.#registry.series(STORED.checkStatus, { check }).observe(grade, now)
    this.#registry.series(STORED.checkTime, { check }).observe(Math.round(ms * 1000), now)
  }

  /** A probe has been answered. */
  probed(probe: string, status: number): void {
    const key = `${probe} ${status}`
    const held = this.#probes.get(key)
    const series = held ?? this.#registry.series(STORED.probes, { probe, status: String(status) })
    if (held === undefined) this.#probes.set(key, series)
    series.observe(1, this.#clock.now())
  }

  /** What readiness says right now. */
  sample(isReady: boolean): void {
    this.#registry.series(STORED.ready, {}).observe(isReady ? 1 : 0, this.#clock.now())
  }
}
