import type { Event, KeptEvent } from '../core/event.ts'
import type { Tier } from '../core/tiers.ts'

export type Awaitable<T> = T | Promise<T>

/** All points of one writer in one window, packed (core/box.ts). Putting it again replaces it. */
export interface Box {
  readonly tier: Tier
  /** Unix ms, the first moment inside the window. */
  readonly start: number
  /** One per process start for open boxes (always tier 1m); `*` once sealed. */
  readonly writer: string
  /** Header and every scalar. */
  readonly numbers: Uint8Array
  /** Histogram buckets; empty when not asked for or when there are none. */
  readonly detail: Uint8Array
}

/** A dictionary entry: what a 64-bit id stands for. */
export interface Name {
  /** 16 lower-case hex digits. */
  readonly id: string
  /** Canonical JSON, not interpreted by drivers. */
  readonly text: string
}

/** Ids whose values are in a batch, by the owner that has claimed them. */
export interface Claims {
  readonly owner: string
  readonly ids: readonly string[]
}

/** What one flush puts: all or none, and as often as it takes. */
export interface Batch {
  readonly boxes: readonly Box[]
  /** Descriptions that the writer does not know to be kept; putting one again marks it as seen at `time`. */
  readonly names: readonly Name[]
  /** One writer's events by growing `number`; numbers at or below the highest one kept of that writer are skipped. */
  readonly events: readonly Event[]
  /** Ids to mark as kept with the rest; `put` rejects, and keeps nothing, unless all of them are still their owner's. */
  readonly claims?: Claims
  /** Unix ms of the flush. */
  readonly time: number
}

/** Which boxes to read. */
export interface BoxSelector {
  readonly tier: Tier
  /** `open`: the writers' own boxes (tier 1m); `sealed`: those of writer `*`. */
  readonly which: 'open' | 'sealed'
  /** from ≤ start < to, Unix ms. */
  readonly from: number
  readonly to: number
  /** False leaves `detail` empty and unread. */
  readonly detail: boolean
}

/** Which events to read, newest id first. */
export interface EventSelector {
  /** Absent: all kinds. */
  readonly kinds?: readonly string[]
  /** Only this name (endpoint, metric). */
  readonly name?: string
  /** from ≤ time < to, Unix ms. */
  readonly from?: number
  readonly to?: number
  /** Only ids above / below. */
  readonly sinceId?: number
  readonly beforeId?: number
}

/** What `prune` deletes. */
export type Prunable = Tier | 'open' | 'events' | 'names' | 'claims'

/** What the store takes. */
export interface Size {
  /** Bytes in use (free pages inside a database file do not count). */
  readonly bytes: number
  /** Bytes of the file or key space, where that is known. */
  readonly fileBytes: number
  readonly events: number
  /** Bytes that are left to this process where the store is, where that is known. */
  readonly freeBytes?: number
  /** Ids that are claimed. */
  readonly claims?: number
  /** Bytes by tier of sealed boxes, and of the open ones, where that is cheap to know. */
  readonly tiers?: Readonly<Record<string, number>>
}

/** Whose store it is to be. */
export interface Tenant {
  /** The app's name: what tells its keys from those of others where a store is shared. */
  readonly app: string
  /** How long boxes of each tier, and events, are kept, ms. */
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
}

/** Keeps boxes, names, events and small documents. A driver never looks inside a box and never reads the clock. */
export interface StorageDriver {
  readonly name: string
  /** Optional; told before `open`. For stores that several apps share, or that forget by themselves. */
  admit?(tenant: Tenant): void
  /** Connects; creates or migrates the schema. Safe to call twice. Throws a MetricsError with a code of errors.ts. */
  open(): Awaitable<void>
  put(batch: Batch): Awaitable<void>
  /** Oldest first, then by writer. Puts may go on meanwhile; each box comes back as some put left it. */
  boxes(selector: BoxSelector): AsyncIterable<Box>
  /**
   * All of `from` are still stored byte for byte as given (numbers and detail): then puts `next`, removes those of
   * `from` that `next` does not name again, and answers true. Otherwise changes nothing and answers false.
   */
  seal(next: readonly Box[], from: readonly Box[]): Awaitable<boolean>
  /** Optional: another text than before whenever a sealed box or a name may have come, changed or gone since, by whomever. */
  version?(): Awaitable<string>
  names(ids?: readonly string[]): AsyncIterable<Name>
  /** Newest id first. Puts may go on meanwhile: a page never repeats or leaves out an event that was there at its start. */
  events(selector: EventSelector): AsyncIterable<KeptEvent>
  /**
   * Makes `owner` the one who may count the values of these ids (hashes, opaque), in one step for each: true where nobody
   * else has claimed the id in the last 24 hours, or where the other one did so 10 minutes before `now` or earlier and no
   * batch of it with the id was kept. An owner that asks again, because the reply was lost, hears true again.
   */
  claim(ids: readonly string[], owner: string, now: number): Awaitable<readonly boolean[]>
  /**
   * Deletes what starts (boxes), happened (events), was last seen (names) or claimed (claims) before `before`, in short
   * steps; returns how many.
   */
  prune(what: Prunable, before: number): Awaitable<number>
  /** Deletes the oldest events until at most `rows` are left; returns how many went. */
  trim(rows: number): Awaitable<number>
  /** Small documents: leases, marks. */
  get(key: string): Awaitable<string | undefined>
  /** Compare-and-set; true for the one caller that won. */
  swap(key: string, seen: string | undefined, next: string | undefined): Awaitable<boolean>
  size(): Awaitable<Size>
  /** Optional: before when (Unix ms) the store itself has lost some of what it was given, if it ever has. */
  incomplete?(): Awaitable<number | undefined>
  close(): Awaitable<void>
}
