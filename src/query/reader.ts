import type { StorageDriver } from '../storage/driver.ts'
import type { Dictionary } from './dictionary.ts'
import type { FoldMemory } from './memory.ts'
import type { Kept } from './question.ts'

/** Where questions are answered: beside the data. */
export interface Reader {
  readonly driver: StorageDriver
  readonly dictionary: Dictionary
  /** The configured zone: that of the days of tier 1d. */
  readonly timezone: string
  /** How far back each tier is complete. */
  readonly kept: Kept
  /** How long single events are kept, ms; without it they are not read for what points have lost. */
  readonly events?: number
  /** Makes repeated questions with percentiles fast; without it each reads its histograms anew. */
  readonly memory?: FoldMemory
}

/** What bounds the work on one question. */
export interface Bounds {
  readonly signal?: AbortSignal
  /** Milliseconds; default 5,000. Over it: MetricsError `busy`. */
  readonly time?: number
}
