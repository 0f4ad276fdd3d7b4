import { type Entry, packInSteps } from '../core/box.ts'
import { minuteOf } from '../core/window.ts'
import { breather } from '../core/breathe.ts'
import type { Registry } from '../core/registry.ts'
import type { PointWindow } from '../core/series.ts'
import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Batch, Box } from '../storage/driver.ts'
import type { Store } from '../storage/store.ts'
import type { Claimed, Claimer } from './claimer.ts'
import { portionOf } from './portion.ts'
import { Outage } from './outage.ts'
import { type Source, WaitingEvents } from './waiting.ts'

/** What a flusher works with. */
export interface FlusherOptions {
  readonly registry: Registry
  readonly store: Pick<Store, 'put'>
  readonly clock: Clock
  readonly guard: Guard
  readonly instance: string
  readonly tails: readonly Source[]
  /** Gives values with an id, once it is known that they count. */
  readonly claimer?: Claimer
  /** What is done before each collect: small documents to keep. `last`: there may be no other. */
  readonly notes?: readonly { settle(last: boolean): Promise<void> }[]
  /** What a minute comes to besides its own points. */
  readonly sums?: (window: PointWindow, final: boolean, breathe: Breathe) => Promise<readonly Entry[]>
  /** Called before each collect, for gauges that are read rather than set. */
  readonly sample: () => void
}

type Breathe = () => Promise<void> | undefined

/** A minute that may still grow, packed as it stands, with how many values it held. */
interface OpenBox {
  readonly box: Box
  readonly window: PointWindow
  readonly count: number
}

/** Put at most so many events at once, and keep at most so many bytes of unsent minutes waiting. */
const EVENTS_A_PUT = 250
const BYTES_WAITING = 16_000_000
/** Values seen just before a minute's end may arrive just after it. */
const LAG = 2_000
/** Gauges are read this often (ms): on the timer, and when somebody asks for what is. */
const SAMPLE_EVERY = 10_000
const SAMPLE_AGAIN = 500

/**
 * Moves what was recorded into the store: collect → pack → put, one batch in flight. A box is put whole each time, so
 * putting it again after an unclear failure changes nothing.
 */
export class Flusher {
  readonly #options: FlusherOptions
  /** Minutes that are over, packed, and not yet kept. */
  #parcels: Box[] = []
  readonly #events: WaitingEvents
  /** How many values an open minute held when it was last kept. */
  readonly #kept = new WeakMap<PointWindow, number>()
  #running: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined
  /** Whether the store may know no names. */
  #unsure = false
  #sampledAt = -Infinity
  #lastAt: number | undefined
  /** For how long the store has not taken what it was given, if it does not. */
  readonly outage: Outage
  /** What was given up, by reason. */
  readonly drops: Map<string, number> = new Map()

  constructor(options: FlusherOptions) {
    this.#options = options
    this.outage = new Outage(options.clock)
    const { tails, guard, registry } = options
    this.#events = new WaitingEvents(
      tails,
      guard,
      () => registry.writer,
      (count) => this.#drop('events', count)
    )
  }

  /** Wall time of the last batch that was kept, Unix ms. */
  get lastAt(): number | undefined {
    return this.#lastAt
  }

  /** Unsent minutes and events. */
  get waiting(): { readonly boxes: number; readonly events: number } {
    return { boxes: this.#parcels.length, events: this.#events.size }
  }

  /** On the timer: flushes unless the store has just failed and is to be left alone for a while. */
  tick(): Promise<boolean> {
    if (this.#running !== undefined || this.outage.isResting) return Promise.resolve(false)
    return this.#start(SAMPLE_EVERY)
  }

  /** Everything recorded before this call is kept when it resolves with true; callers that wait together share one flush. */
  flush(): Promise<boolean> {
    if (this.#running === undefined) return this.#start(SAMPLE_AGAIN)
    // Whoever waited for the same one may have been quicker: two at once would each take the other's events for kept.
    return (this.#next ??= this.#running.then(() => this.#running ?? this.#start(SAMPLE_AGAIN)))
  }

  /** The same without reading gauges anew, so that a process with nothing left to do comes to its end. */
  async last(): Promise<boolean> {
    while (this.#running !== undefined) await this.#running
    return this.#start(Infinity)
  }

  #start(sampleAfter: number): Promise<boolean> {
    this.#next = undefined
    this.#running = this.#flush(sampleAfter).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #flush(sampleAfter: number): Promise<boolean> {
    const breathe = breather(1)
    this.outage.tried()
    try {
      this.#options.registry.age(this.#options.clock.monotonic())
      this.#sample(sampleAfter)
      const noted = await this.#settle(sampleAfter === Infinity)
      let claimed = await this.#claim()
      await this.#events.collect(EVENTS_A_PUT)
      let open = await this.#collectBoxes(breathe)
      while (await this.#put(open, claimed)) {
        // A store in this thread answers within the turn that it was asked in.
        await breathe()
        open = []
        claimed = claimed === null ? null : await this.#claim()
        if (this.#events.size === 0) await this.#events.collect(EVENTS_A_PUT)
        if (this.#events.size === 0 && !claimed && this.#parcels.length === 0) break
      }
      this.outage.ended()
      return noted && claimed !== null
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /** Values with an id that are to be put; null when the store does not say which, which need not hold up the rest. */
  async #claim(): Promise<Claimed | undefined | null> {
    try {
      return await this.#options.claimer?.next()
    } catch (error) {
      this.#options.guard.caught('claiming ids', error)
      return null
    }
  }

  async #settle(last: boolean): Promise<boolean> {
    try {
      for (const note of this.#options.notes ?? []) await note.settle(last)
      return true
    } catch (error) {
      this.#options.guard.caught('keeping a note', error)
      return false
    }
  }

  #sample(after: number): void {
    const now = this.#options.clock.monotonic()
    if (now - this.#sampledAt < after) return
    this.#sampledAt = now
    this.#options.guard.run('sampling gauges', this.#options.sample, undefined)
  }

  /** Packs minutes that are over for good; answers the boxes of those still open, if they have grown. */
  async #collectBoxes(breathe: Breathe): Promise<OpenBox[]> {
    const { registry, clock } = this.#options
    const now = clock.now()
    const open: OpenBox[] = []
    for (const window of registry.windows) {
      await breathe()
      const over = window.end + LAG <= now
      const count = window.filled.reduce((sum, { point }) => sum + point.count, 0)
      if (!over && this.#kept.get(window) === count) continue
      // Before it is packed, which takes several turns: what is recorded meanwhile belongs to another minute.
      if (over) registry.forget(window)
      const box = await this.#pack(window, over, breathe)
      if (over) this.#parcels.push(box)
      else open.push({ box, window, count })
    }
    this.#bound()
    return open
  }

  async #pack(window: PointWindow, final: boolean, breathe: Breathe): Promise<Box> {
    const own = window.filled.map(({ series, point }) => ({ metric: series.metric, labels: series.labels, point }))
    const sums = (await this.#options.sums?.(window, final, breathe)) ?? []
    const entries = sums.length === 0 ? own : [...own, ...sums]
    const { writer, start } = window
    const packed = await packInSteps(minuteOf(writer, this.#options.instance, start, final), entries, breathe)
    return { tier: '1m', start, writer, ...packed }
  }

  /** Puts one batch; answers whether there was anything to put. */
  async #put(open: readonly OpenBox[], claimed: Claimed | undefined | null): Promise<boolean> {
    const { registry, store, clock } = this.#options
    const [names, events] = [registry.names(this.#unsure), this.#events.first(EVENTS_A_PUT)]
    const parcels = portionOf(this.#parcels)
    this.#unsure = false
    const boxes = [...parcels, ...open.map(({ box }) => box), ...(claimed?.boxes ?? [])]
    if (boxes.length + names.length + events.length === 0) return false
    const batch: Batch = { boxes, names, events, ...(claimed && { claims: claimed.claims }), time: clock.now() }
    await store.put(batch)
    if (claimed) this.#options.claimer?.kept()
    registry.told(names)
    this.#parcels = this.#parcels.filter((box) => !parcels.includes(box))
    this.#events.kept(events.length)
    for (const { window, count } of open) this.#kept.set(window, count)
    this.outage.took()
    this.#lastAt = batch.time
    return true
  }

  #failed(error: unknown): void {
    this.outage.failed()
    // The store may have begun a fresh file in place of a lost one: it is told all names again.
    this.#unsure = true
    this.#options.guard.caught('flush', error)
  }

  /** An outage costs memory up to a limit; then the oldest minutes go. */
  #bound(): void {
    let bytes = this.#parcels.reduce((sum, box) => sum + box.numbers.length + box.detail.length, 0)
    while (bytes > BYTES_WAITING) {
      const oldest = this.#parcels.shift()!
      bytes -= oldest.numbers.length + oldest.detail.length
      this.#drop('minutes', 1)
    }
  }

  #drop(reason: string, count: number): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + count)
    this.#options.guard.say(
      `dropped ${reason}`,
      `the store is unreachable for too long: ${reason} are dropped and counted`
    )
  }
}
