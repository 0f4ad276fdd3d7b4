import { breather } from './core/breathe.ts'
import type { Tier } from './core/tiers.ts'
import { DAY, MINUTE } from './core/time.ts'
import { lease, release } from './pipeline/lease.ts'
import { prune, type PruneOrder, type Pruned } from './pipeline/prune.ts'
import { type LadderOptions, makeRoom, type Reach } from './pipeline/ladder.ts'
import { retain, type RetentionOptions } from './pipeline/retention.ts'
import { Room, type Shortage } from './pipeline/room.ts'
import { Sealer } from './pipeline/sealer.ts'
import { after, floor } from './query/calendar.ts'
import { Dictionary } from './query/dictionary.ts'
import { FoldMemory } from './query/memory.ts'
import type { Reader } from './query/query.ts'
import { Shelves } from './query/shelves.ts'
import { zoneOf } from './query/zone.ts'
import { ClaimBook } from './storage/claims.ts'
import type { Batch, Size, StorageDriver } from './storage/driver.ts'
import type { Answer, Ask, Standing, Store } from './storage/store.ts'

/** What a store must know beside its driver; plain values, so that it can be told to a worker thread. */
export interface StoreOptions {
  /** Told apart from other processes in leases. */
  readonly writer: string
  /** Its name; tells apps apart that share a server. */
  readonly app?: string
  readonly timezone: string
  /** How long each tier, and events, are kept, ms. */
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  readonly maxSize: number
}

const LEASE = 'lease:maintain'
const LEASE_FOR = 90_000
/** When maintenance was last done, Unix ms, by a clock that leapt by no more than a day. */
const MAINTAINED = 'maintained'
const REACH = 'reach'
const LEAP = 5 * MINUTE
/** At some 90 bytes each, a fifth of the default size. */
const MAX_EVENTS = 500_000

/** What the operator should know where single events are turned away. */
const SHORT: Readonly<Record<Shortage, string>> = {
  size: 'the store is full (option `maxSize`): single events are not kept until room is made; totals are complete',
  disk: 'the disk is nearly full: single events are not kept until there is room; totals are complete',
}

/** A driver, and everything that is done beside the data: answers, sealing, retention. */
export class LocalStore implements Store {
  readonly #driver: StorageDriver
  readonly #options: StoreOptions
  readonly #reader: Reader
  readonly #sealer: Sealer
  readonly #standing: () => Standing
  /** For drivers written before there was `claim`. */
  readonly #claims = new ClaimBook()
  readonly #room: Room
  #reach: Reach = {}
  /** Whether maintenance is this process' to do, as far as it knows. */
  #leads = false
  #opened: Promise<Standing> | undefined
  #maintained: Promise<void> | undefined
  #shrunk: Promise<void> | undefined

  constructor(driver: StorageDriver, options: StoreOptions, standing?: () => Standing) {
    this.#driver = driver
    this.#options = options
    const mode = driver.name === 'memory' ? 'memory' : 'remote'
    this.#standing = standing ?? (() => ({ mode, driver: driver.name, problem: null }))
    const zone = zoneOf(options.timezone)
    const { timezone, kept, events, maxSize } = options
    this.#room = new Room({ driver, maxSize, crowded: (time) => void this.#shrink(time) })
    const known = { dictionary: new Dictionary(driver), memory: new FoldMemory(), shelves: new Shelves(driver) }
    this.#reader = { driver, ...known, timezone, kept, events }
    const day = { name: 'day', unit: 'd', count: 1 } as const
    this.#sealer = new Sealer(driver, {
      days: { startOf: (time) => floor(time, day, zone), after: (time) => after(floor(time, day, zone), day, zone) },
      breathe: breather(),
    })
  }

  open(): Promise<Standing> {
    // Forgotten later than it is remembered, also where a driver throws at once.
    return (this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    }))
  }

  async put(batch: Batch): Promise<void> {
    await this.open()
    const { claims, ...rest } = batch
    // One that cannot claim may hand its batches on to one that can, and never heard of these ids.
    await this.#room.put(canClaim(this.#driver) ? batch : rest, async (kept) => this.#driver.put(kept))
    if (claims !== undefined) this.#claims.keep(claims)
    this.#reader.dictionary.learn(batch.names)
  }

  async answer(ask: Ask): Promise<Answer> {
    // Of a store that does not open there is still an answer: why not.
    await this.open().catch(() => undefined)
    const { events } = this.#reach
    const order = (one: PruneOrder): Promise<Pruned> => this.#prune(one)
    const kept = this.#kept(ask.now)
    const lost = async (): Promise<number | undefined> => this.#driver.incomplete?.()
    const { answer } = await import('./api/answer.ts')
    return answer(ask, {
      ...this.#reader,
      kept,
      prune: order,
      lost,
      ...(events === undefined ? {} : { whole: events }),
    })
  }

  maintain(now: number): Promise<void> {
    return (this.#maintained ??= this.#maintain(now).finally(() => {
      this.#maintained = undefined
    }))
  }

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    await this.open()
    return canClaim(this.#driver) ? this.#driver.claim(ids, owner, now) : this.#claims.claim(ids, owner, now)
  }

  async get(key: string): Promise<string | undefined> {
    await this.open()
    return this.#driver.get(key)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    await this.open()
    return this.#driver.swap(key, seen, next)
  }

  async size(): Promise<Size> {
    await this.open()
    return this.#driver.size()
  }

  standing(): Standing {
    const standing = this.#standing()
    const { refused, shortage } = this.#room
    const problem = standing.problem ?? (shortage === undefined ? null : SHORT[shortage])
    return { ...standing, problem, ...(refused === 0 ? {} : { refused }) }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#maintained, this.#shrunk])
    // Or the other processes would wait until it runs out.
    if (this.#leads) await release(this.#driver, LEASE, this.#options.writer).catch(() => undefined)
    await this.#driver.close()
  }

  async #open(): Promise<Standing> {
    await this.#driver.open()
    // Not waited for: a store that opens is open, and without this answers only lack a warning.
    void this.#remember({}).catch(() => undefined)
    return this.#standing()
  }

  /** How far back each tier is complete: as configured, or less where room had to be made. */
  #kept(now: number): Record<Tier, number> {
    const { kept } = this.#options
    const reach = (tier: Tier): number => Math.min(kept[tier], now - (this.#reach[tier] ?? -Infinity))
    return { '1m': reach('1m'), '15m': reach('15m'), '1h': reach('1h'), '1d': reach('1d') }
  }

  async #maintain(now: number): Promise<void> {
    await this.open()
    this.#leads = await lease(this.#driver, LEASE, this.#options.writer, LEASE_FOR, now)
    if (!this.#leads) return this.#remember({})
    const seen = await this.#driver.get(MAINTAINED)
    const last = seen === undefined ? now : Number(seen)
    // After a leap of the clock nobody is taken for dead by it, and no more than a day of history goes by it.
    const leapt = Math.abs(now - last) > LEAP
    const sane = Math.min(now, last + DAY)
    await this.#sealer.run(now, leapt ? Math.min(now, last) : now)
    await this.#remember({})
    await retain(this.#driver, this.#limits, sane, (reach) => this.#remember(reach))
    await this.#makeRoom(now, last)
    await this.#driver.swap(MAINTAINED, seen, String(sane))
  }

  async #prune(order: PruneOrder): Promise<Pruned> {
    const pruned = await prune(this.#driver, order)
    if (order.dry || pruned.count === 0) return pruned
    await this.#remember({ [order.what]: pruned.before })
    return pruned
  }

  get #limits(): RetentionOptions & LadderOptions {
    return { ...this.#options, maxEvents: MAX_EVENTS }
  }

  /** Makes room before the next maintenance would; what fails is left to it. */
  #shrink(now: number): Promise<void> {
    this.#shrunk ??= this.#shrinkNow(now)
      .catch(() => undefined)
      .finally(() => {
        this.#shrunk = undefined
      })
    return this.#shrunk
  }

  async #shrinkNow(now: number): Promise<void> {
    if (this.#maintained !== undefined) return
    this.#leads = await lease(this.#driver, LEASE, this.#options.writer, LEASE_FOR, now)
    if (!this.#leads) return
    await this.#makeRoom(now, Number((await this.#driver.get(MAINTAINED)) ?? now))
  }

  /** By a clock that has leapt ahead everything would be old. */
  async #makeRoom(now: number, last: number): Promise<void> {
    const likely = Math.min(now, last + LEAP)
    this.#room.learn(await makeRoom(this.#driver, this.#limits, likely, (reach) => this.#remember(reach)))
  }

  async #remember(made: Reach): Promise<void> {
    const seen = await this.#driver.get(REACH)
    const known = seen === undefined ? {} : (JSON.parse(seen) as Reach)
    this.#reach = latest(known, made)
    const next = JSON.stringify(this.#reach)
    if (next !== JSON.stringify(known)) await this.#driver.swap(REACH, seen, next)
  }
}

function latest(a: Reach, b: Reach): Reach {
  const all: Record<string, number> = { ...a }
  for (const [what, at] of Object.entries(b)) all[what] = Math.max(at, all[what] ?? at)
  return all
}

/** Whether a driver can tell ids apart over processes. */
function canClaim(driver: StorageDriver): boolean {
  return typeof (driver as Partial<StorageDriver>).claim === 'function'
}
