import type { Clock } from '../core/time.ts'

/** What this process takes of the machine, as of the last `sample`. */
export class ProcessUsage {
  readonly #clock: Clock
  #before: { readonly at: number; readonly micros: number }
  #cpuPercent: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#before = { at: clock.monotonic(), micros: micros() }
  }

  /** Share of one core that the process used between the last two samples; null before there were two a tenth of a second apart. */
  get cpuPercent(): number | null {
    return this.#cpuPercent
  }

  /** Resident memory of the process, in millions of bytes. */
  get memoryMb(): number {
    return Math.round(process.memoryUsage.rss() / 1e4) / 100
  }

  sample(): void {
    const now = { at: this.#clock.monotonic(), micros: micros() }
    const elapsed = now.at - this.#before.at
    if (elapsed < 100) return
    this.#cpuPercent = Math.round((now.micros - this.#before.micros) / elapsed) / 10
    this.#before = now
  }
}

function micros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
