import type { Clock } from '../../core/time.ts'
import type { CheckFunction } from '../check.ts'

/** A sign of life of a job: `beat()` each time that it has done its work. */
export interface Heartbeat {
  /** Never throws; may be taken off the object. */
  readonly beat: () => void
}

/** Fails while the last beat is longer ago than `every` (ms); the first is awaited from now on. */
export function heartbeat(clock: Clock, every: number): Heartbeat & { readonly run: CheckFunction } {
  let last = clock.monotonic()
  const run: CheckFunction = () => {
    const silent = clock.monotonic() - last
    const known = { value: Math.round(silent / 100) / 10, unit: 's' }
    if (silent <= every) return { status: 'pass', ...known }
    return { status: 'fail', code: 'no_beat', message: `silent for ${known.value} s`, ...known }
  }
  return { run, beat: () => void (last = clock.monotonic()) }
}
