import { breather } from '../core/breathe.ts'
import { copyInSteps } from '../core/bytes.ts'
import type { Event, KeptEvent } from '../core/event.ts'
import { DAY } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { ClaimBook } from './claims.ts'
import type { Batch, Box, BoxSelector, EventSelector, Name, Prunable, Size, StorageDriver } from './driver.ts'

interface Mark {
  number: number
  seen: number
}

/** What a memory driver keeps; given to two drivers, both see the same. */
export class MemoryStore {
  /** By tier and whether sealed, then by start and writer. */
  readonly shelves: Map<string, Map<string, Box>> = new Map()
  readonly names: Map<string, { text: string; seen: number }> = new Map()
  readonly documents: Map<string, string> = new Map()
  /** The highest number kept of each writer. */
  readonly marks: Map<string, Mark> = new Map()
  readonly claims: ClaimBook = new ClaimBook()
  /** By growing id. */
  events: KeptEvent[] = []
  lastId = 0
  /** How often sealed boxes or names were changed. */
  changes = 0
}

const shelfOf = (box: Pick<Box, 'tier' | 'writer'>): string => `${box.writer === '*' ? 'sealed' : 'open'} ${box.tier}`
const keyOf = (box: Box): string => `${box.start} ${box.writer}`
const inOrder = (a: Box, b: Box): number =>
  a.start - b.start || (a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : 0)
const bytesOf = (box: Box): number => box.numbers.length + box.detail.length
const copyOf = (box: Box): Box => ({ ...box, numbers: box.numbers.slice(), detail: box.detail.slice() })
const copyOfEvent = (event: Event): Event => ({ ...event, labels: { ...event.labels }, fields: { ...event.fields } })
/** From so many bytes on copies are made in steps. */
const LARGE = 500_000
/** Events that are weighed between two looks at the clock. */
const STEP = 250
const NO_DETAIL = new Uint8Array(0)

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Whether an event is one of those that the selector asks for. */
function matches(event: KeptEvent, selector: EventSelector): boolean {
  const { kinds, name, from, to, sinceId, beforeId } = selector
  if (kinds !== undefined && !kinds.includes(event.kind)) return false
  if (name !== undefined && event.name !== name) return false
  if (from !== undefined && event.time < from) return false
  if (to !== undefined && event.time >= to) return false
  if (sinceId !== undefined && event.id <= sinceId) return false
  return beforeId === undefined || event.id < beforeId
}

/** About what an event takes on the heap. */
function weigh(event: Event): number {
  let bytes = 160 + event.name.length
  for (const [key, value] of Object.entries(event.labels)) bytes += key.length + value.length + 16
  for (const value of Object.values(event.fields)) bytes += 16 + (typeof value === 'string' ? value.length : 8)
  return bytes
}

async function copiesOf(boxes: readonly Box[]): Promise<readonly Box[]> {
  if (boxes.every((box) => bytesOf(box) < LARGE)) return boxes.map(copyOf)
  const breathe = breather()
  const copies: Box[] = []
  for (const box of boxes)
    copies.push({ ...box, numbers: box.numbers.slice(), detail: await copyInSteps(box.detail, breathe) })
  return copies
}

class MemoryDriver implements StorageDriver {
  readonly name = 'memory'
  readonly #store: MemoryStore
  #open = false

  constructor(store: MemoryStore) {
    this.#store = store
  }

  async open(): Promise<void> {
    this.#open = true
  }

  async close(): Promise<void> {
    this.#open = false
  }

  #opened(): MemoryStore {
    if (!this.#open) throw new MetricsError('closed', 'The memory store is not open', { hint: 'call open() first' })
    return this.#store
  }

  #shelf(name: string): Map<string, Box> {
    const { shelves } = this.#opened()
    const shelf = shelves.get(name) ?? new Map<string, Box>()
    shelves.set(name, shelf)
    return shelf
  }

  async put(batch: Batch): Promise<void> {
    const boxes = await copiesOf(batch.boxes)
    const store = this.#opened()
    // All that can throw comes first: a batch is kept whole or not at all.
    const names = batch.names.map(({ id, text }) => ({ id, text }))
    const events = batch.events.map(copyOfEvent)
    if (batch.claims !== undefined) store.claims.check(batch.claims)
    for (const box of boxes) this.#shelf(shelfOf(box)).set(keyOf(box), box)
    if (names.length > 0 || boxes.some(({ writer }) => writer === '*')) store.changes++
    for (const { id, text } of names) {
      store.names.set(id, { text, seen: Math.max(batch.time, store.names.get(id)?.seen ?? -Infinity) })
    }
    for (const event of events) {
      const mark = store.marks.get(event.writer) ?? { number: -Infinity, seen: -Infinity }
      store.marks.set(event.writer, mark)
      mark.seen = Math.max(mark.seen, batch.time)
      if (event.number <= mark.number) continue
      mark.number = event.number
      store.events.push(Object.assign(event, { id: ++store.lastId }))
    }
    if (batch.claims !== undefined) store.claims.keep(batch.claims)
  }

  async *boxes(selector: BoxSelector): AsyncGenerator<Box> {
    const { tier, which, from, to, detail } = selector
    const shelf = this.#shelf(`${which} ${tier}`)
    const found = [...shelf.values()].filter(({ start }) => start >= from && start < to).sort(inOrder)
    for (const box of found) {
      this.#opened()
      yield detail ? box : { ...box, detail: NO_DETAIL }
    }
  }

  async version(): Promise<string> {
    return String(this.#opened().changes)
  }

  async seal(next: readonly Box[], from: readonly Box[]): Promise<boolean> {
    const store = this.#opened()
    const unchanged = from.every((box) => {
      const kept = this.#shelf(shelfOf(box)).get(keyOf(box))
      return kept !== undefined && same(kept.numbers, box.numbers) && same(kept.detail, box.detail)
    })
    if (!unchanged) return false
    store.changes++
    for (const box of from) this.#shelf(shelfOf(box)).delete(keyOf(box))
    for (const box of next) this.#shelf(shelfOf(box)).set(keyOf(box), copyOf(box))
    return true
  }

  async *names(ids?: readonly string[]): AsyncGenerator<Name> {
    const { names } = this.#opened()
    for (const id of ids ?? [...names.keys()]) {
      const name = this.#opened().names.get(id)
      if (name !== undefined) yield { id, text: name.text }
    }
  }

  async *events(selector: EventSelector): AsyncGenerator<KeptEvent> {
    const found = this.#opened().events.filter((event) => matches(event, selector))
    for (const event of found.reverse()) {
      this.#opened()
      yield event
    }
  }

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return this.#opened().claims.claim(ids, owner, now)
  }

  async prune(what: Prunable, before: number): Promise<number> {
    const store = this.#opened()
    if (what === 'events') return this.#pruneEvents(before)
    if (what === 'claims') return store.claims.prune(before)
    store.changes++
    if (what === 'names') return forget(store.names, (name) => name.seen < before)
    const shelves =
      what === 'open' ? [...store.shelves.keys()].filter((name) => name.startsWith('open')) : [`sealed ${what}`]
    return shelves.reduce((gone, shelf) => gone + forget(this.#shelf(shelf), (box) => box.start < before), 0)
  }

  #pruneEvents(before: number): number {
    const store = this.#store
    const had = store.events.length
    store.events = store.events.filter((event) => event.time >= before)
    // A writer silent for a day longer than events are kept has ended: it puts no old number again.
    forget(store.marks, (mark) => mark.seen < before - DAY)
    return had - store.events.length
  }

  async trim(rows: number): Promise<number> {
    const store = this.#opened()
    const gone = Math.max(0, store.events.length - rows)
    store.events = store.events.slice(gone)
    return gone
  }

  async get(key: string): Promise<string | undefined> {
    return this.#opened().documents.get(key)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    const { documents } = this.#opened()
    if (documents.get(key) !== seen) return false
    if (next === undefined) documents.delete(key)
    else documents.set(key, next)
    return true
  }

  async size(): Promise<Size> {
    const store = this.#opened()
    const tiers: Record<string, number> = { open: 0 }
    let bytes = 0
    for (const [name, shelf] of store.shelves) {
      const tier = name.startsWith('open') ? 'open' : name.slice('sealed '.length)
      for (const box of shelf.values()) tiers[tier] = (tiers[tier] ?? 0) + bytesOf(box)
    }
    for (const tier of Object.values(tiers)) bytes += tier
    for (const name of store.names.values()) bytes += name.text.length + 64
    const breathe = breather(1)
    for (const [at, event] of store.events.entries()) {
      bytes += weigh(event)
      const pause = at % STEP === STEP - 1 ? breathe() : undefined
      if (pause !== undefined) await pause
    }
    return { bytes, fileBytes: bytes, events: store.events.length, claims: store.claims.size, tiers }
  }
}

/** Deletes what is too old; answers how many that were. */
function forget<T>(map: Map<string, T>, old: (value: T) => boolean): number {
  let gone = 0
  for (const [key, value] of map) {
    if (old(value) && map.delete(key)) gone++
  }
  return gone
}

/** Keeps everything in this process; `store` lets two connections share it. */
export function memory(options: { readonly store?: MemoryStore } = {}): StorageDriver {
  return new MemoryDriver(options.store ?? new MemoryStore())
}
