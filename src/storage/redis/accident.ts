import { HOUR, systemClock } from '../../core/time.ts'
import { MetricsError } from '../../errors.ts'

const EMPTIED = 'Redis was emptied, or has evicted metrics: answers about the time before are incomplete'
const BEHIND =
  'Redis is behind what it had acknowledged, as after a failover or a crash: answers about the time before are incomplete'
const HINT = 'give metrics a Redis that keeps its data and has maxmemory-policy noeviction'

/** What a server has lost of what it was given; the operator is told for an hour. */
export class Accident {
  #problem: string | undefined
  #at = -Infinity

  get problem(): string | undefined {
    return systemClock.monotonic() < this.#at + HOUR ? this.#problem : undefined
  }

  /** Rejecting makes the flusher put everything again that it still has, and tell all names. */
  met(isBehind: boolean): MetricsError {
    this.#problem = isBehind ? BEHIND : EMPTIED
    this.#at = systemClock.monotonic()
    return new MetricsError('storage_failed', this.#problem, { hint: HINT })
  }
}
