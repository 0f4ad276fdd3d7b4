import type { Batch, Size, StorageDriver } from '../storage/driver.ts'

/** What is kept an eye on. */
export interface RoomOptions {
  readonly driver: Pick<StorageDriver, 'size'>
  /** Bytes that the store may take. */
  readonly maxSize: number
  /** Called when the store has grown close to the limit between two maintenances. */
  readonly crowded: (time: number) => void
}

/** Shares of the limit: from when on room is made, and from when on single events are turned away. */
const SHARE = { crowded: 0.9, full: 0.95 }
/** What one batch and the log of it may take beyond: much, where little is allowed. */
const BATCH = 300_000

/** From how many bytes on room is made. */
export function crowdedAt(maxSize: number): number {
  return Math.min(maxSize * SHARE.crowded, maxSize - BATCH)
}

function fullAt(maxSize: number): number {
  return Math.min(maxSize * SHARE.full, maxSize - 0.8 * BATCH)
}

/** After so much of the limit was put it is looked again, however little time went by. */
const STEP = 0.02
/** On a disk with less than this left the app needs it more. */
const RESERVE = 64_000_000
/** What an event takes beside its texts: columns, indexes. */
const EVENT = 120

/** Few, and wanted most when room is short. */
const PRECIOUS: ReadonlySet<string> = new Set(['deploy', 'alert', 'health'])

/** Why single events are turned away. */
export type Shortage = 'size' | 'disk'

/** Watches how full a store is while it is written to: where there is no room, single events are turned away; points never are. */
export class Room {
  readonly #options: RoomOptions
  #grown = Infinity
  #shortage: Shortage | undefined
  #refused = 0

  constructor(options: RoomOptions) {
    this.#options = options
  }

  /** How many events were turned away. */
  get refused(): number {
    return this.#refused
  }

  /** Why, at the moment; undefined while there is room. */
  get shortage(): Shortage | undefined {
    return this.#shortage
  }

  /** Puts what there is room for. A batch that fails is put again, so what was left out of it is counted when it is kept. */
  async put(batch: Batch, put: (batch: Batch) => Promise<void>): Promise<void> {
    this.#grown += weigh(batch)
    if (this.#grown > this.#options.maxSize * STEP) await this.#look(batch.time)
    const events = this.#shortage === undefined ? batch.events : batch.events.filter(({ kind }) => PRECIOUS.has(kind))
    await put(events.length === batch.events.length ? batch : { ...batch, events })
    this.#refused += batch.events.length - events.length
  }

  /** What was just seen of the size. */
  learn(size: Size): void {
    this.#grown = 0
    const { maxSize } = this.#options
    if (size.bytes > fullAt(maxSize)) this.#shortage = 'size'
    else this.#shortage = size.freeBytes !== undefined && size.freeBytes < RESERVE ? 'disk' : undefined
  }

  async #look(time: number): Promise<void> {
    const size = await this.#options.driver.size()
    this.learn(size)
    if (size.bytes > crowdedAt(this.#options.maxSize)) this.#options.crowded(time)
  }
}

function weigh({ boxes, events, names }: Batch): number {
  let bytes = names.length * 100
  for (const { numbers, detail } of boxes) bytes += numbers.length + detail.length
  for (const { name, labels, fields } of events) {
    bytes += EVENT + name.length
    for (const [key, value] of Object.entries(labels)) bytes += key.length + value.length
    for (const value of Object.values(fields)) bytes += typeof value === 'string' ? value.length : 8
  }
  return bytes
}
