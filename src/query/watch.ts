import { breather } from '../core/breathe.ts'
import { systemClock } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import type { Bounds } from './reader.ts'
import { LIMITS } from './question.ts'

/** To be called in each step of long work: gives the event loop its turns; throws MetricsError `busy` when time is up or nobody waits. */
export function watch(bounds: Bounds): () => Promise<void> | undefined {
  const breathe = breather()
  const until = systemClock.monotonic() + (bounds.time ?? LIMITS.time)
  return () => {
    if (bounds.signal?.aborted === true) throw new MetricsError('busy', 'The question was withdrawn.')
    if (systemClock.monotonic() > until) {
      throw new MetricsError('busy', `The answer took longer than ${(bounds.time ?? LIMITS.time) / 1000} s.`, {
        hint: 'Ask for a shorter range, fewer labels or wider buckets, or try again when less is going on.',
      })
    }
    return breathe()
  }
}
