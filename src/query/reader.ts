import type { Tier } from '../core/tiers.ts'
import type { Contents } from '../core/window.ts'
import type { Awaitable, StorageDriver } from '../storage/driver.ts'
import type { Dictionary } from './dictionary.ts'
import type { FoldMemory } from './memory.ts'
import type { Kept } from './question.ts'
import type { Shelves } from './shelves.ts'

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
  /** Since when no single event was deleted for want of room, Unix ms; absent where none was. */
  readonly whole?: number
  /** Before when the store has lost some of what it was given, Unix ms; undefined where it has lost nothing. */
  readonly lost?: () => Awaitable<number | undefined>
  /** Told when a series is met for which the store has lost the name. */
  readonly nameless?: () => void
  /** Makes repeated questions with percentiles fast; without it each reads its histograms anew. */
  readonly memory?: FoldMemory
  /** Saves reading sealed boxes again that have not changed, where the driver can tell. */
  readonly shelves?: Shelves
  /** Deletes, or counts, what began before a moment; answers up to when that was, and how many went. */
  readonly prune?: (order: {
    readonly what: 'events' | Tier
    readonly before: number
    readonly dry: boolean
  }) => Promise<{ readonly before: number; readonly count: number }>
}

/** What bounds the work on one question. */
export interface Bounds {
  readonly signal?: AbortSignal
  /** Milliseconds; default 5,000. Over it: MetricsError `busy`. */
  readonly time?: number
  /** Told what is in each box that is read for the answer. */
  readonly met?: (contents: readonly Contents[]) => void
}
