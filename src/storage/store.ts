import type { Awaitable, Batch, Size } from './driver.ts'

/** One question to the data: a route of the JSON API and its parameters, already allowed. */
export interface Ask {
  /** `query`, `snapshot`, `endpoints`, `requests`, `errors`, `events`, `metrics`, `labels`, `export`, `prometheus`. */
  readonly route: string
  /** Query parameters in the order in which they came. */
  readonly params: readonly (readonly [string, string])[]
  /** Absolute URL of the call without its query, for `next`; '' gives relative links. */
  readonly url: string
  /** The Accept header, lower case, or ''. */
  readonly accept: string
  /** Unix ms: what `now` means in the answer. */
  readonly now: number
  /** Facts that only the recording process knows: app, instance, uptime, live gauges, drops. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** A finished HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** What went wrong on our side, for the log; never shown to who asks. */
  readonly fault?: string
}

/** How the store stands: shown in /metrics, logged once a change. */
export interface Standing {
  /** `disk`, `memory`, `memory-fallback`, `remote`. */
  readonly mode: string
  readonly driver: string
  /** Why it is not what was asked for, and what to do; null when all is well. */
  readonly problem: string | null
  /** How many single events found no room. */
  readonly refused?: number
}

/**
 * Everything that happens beside the data: in a worker thread for files and servers, in process for memory and custom drivers.
 * `put` rejects with a MetricsError when the batch was not (or perhaps not) kept: the caller puts the same again.
 */
export interface Store {
  open(): Promise<Standing>
  put(batch: Batch): Promise<void>
  /** Never rejects for a bad question: that is an answer with status 400. */
  answer(ask: Ask): Promise<Answer>
  /** Seals closed windows and prunes old ones, if no other process holds the lease. */
  maintain(now: number): Promise<void>
  /** Who counts the values of these ids: see StorageDriver. A driver without it tells ids apart within this process only. */
  claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]>
  get(key: string): Awaitable<string | undefined>
  swap(key: string, seen: string | undefined, next: string | undefined): Awaitable<boolean>
  size(): Promise<Size>
  standing(): Standing
  close(): Promise<void>
}
