import { createHash } from 'node:crypto'
import type { Box, BoxSelector } from '../driver.ts'
import { type Keys, type Lifetimes, type Shelf, type Stand, lifeOf, shelfOf, standOf, tierOf, widthOf } from './keys.ts'
import { type Argument, listOf, textOf } from './line.ts'
import { DROP, MISSING } from './scripts.ts'
import type { Session } from './session.ts'

const MARK = 16
const NOTHING = new Uint8Array(0)
/** Bytes that one reply should have, boxes that are read at first, and at most; boxes deleted by one script. */
const PAGE = { bytes: 500_000, first: 8, most: 256, dropped: 100 }
/** Hashes whose fields are asked for at once. */
const HASHES = 64

/** Bytes that stand for a box's content: a seal compares these instead of what may be megabytes. */
export function digestOf({ numbers, detail }: Pick<Box, 'numbers' | 'detail'>): Buffer {
  const hash = createHash('sha256').update(`${numbers.length} `)
  return hash.update(numbers).update(detail).digest().subarray(0, MARK)
}

/** What scripts are told to put a box. */
export class Crate {
  readonly keys: Map<string, number> = new Map()
  readonly #keys: Keys
  readonly #lifetimes: Lifetimes

  constructor(keys: Keys, lifetimes: Lifetimes) {
    this.#keys = keys
    this.#lifetimes = lifetimes
  }

  /** The place of a box's hash among the hashes, from 1 on. */
  place(stand: Stand): number {
    const key = this.#keys.boxes(stand)
    const place = this.keys.get(key) ?? this.keys.size + 1
    this.keys.set(key, place)
    return place
  }

  put(box: Box): Argument[] {
    const stand = standOf(box)
    const numbers = Buffer.concat([digestOf(box), box.numbers])
    return [
      this.place(stand),
      stand.listed,
      lifeOf(stand.shelf, this.#lifetimes),
      stand.field,
      numbers,
      Buffer.from(box.detail),
    ]
  }

  compare(box: Box): Argument[] {
    const stand = standOf(box)
    return [this.place(stand), stand.field, digestOf(box)]
  }

  drop(box: Box): Argument[] {
    const stand = standOf(box)
    return [this.place(stand), stand.listed, stand.field]
  }
}

interface Found {
  readonly start: number
  readonly writer: string
  readonly field: string
}

/** The boxes of one store. */
export class Boxes {
  readonly #session: Session
  readonly #keys: Keys
  readonly #lifetimes: Lifetimes

  constructor(session: Session, keys: Keys, lifetimes: Lifetimes) {
    this.#session = session
    this.#keys = keys
    this.#lifetimes = lifetimes
  }

  /** The hashes of a shelf, oldest first. */
  async spans(shelf?: Shelf): Promise<Pick<Stand, 'shelf' | 'span' | 'listed'>[]> {
    const fields = listOf(await this.#session.send('HKEYS', this.#keys.meta, this.#keys.meta)).map(textOf)
    const found = fields.flatMap((listed) => {
      const [, of = '', span] = /^([os]\w+) (-?\d+)$/.exec(listed) ?? []
      return span === undefined || (shelf !== undefined && of !== shelf)
        ? []
        : [{ shelf: of as Shelf, span: Number(span), listed }]
    })
    return found.sort((a, b) => a.span - b.span)
  }

  async *read(selector: BoxSelector): AsyncGenerator<Box> {
    const { tier, which, from, to, detail } = selector
    const shelf = shelfOf(tier, which === 'sealed')
    const spans = (await this.spans(shelf)).filter(({ span }) => span < to && span + widthOf(shelf) > from)
    const pace = { size: PAGE.first }
    for (let at = 0; at < spans.length; at += HASHES) {
      const some = spans.slice(at, at + HASHES)
      const lists = await Promise.all(some.map((stand) => this.#fields(stand)))
      for (const [place, stand] of some.entries()) {
        const inside = (lists[place] ?? []).filter(({ start }) => start >= from && start < to)
        yield* this.#boxes(this.#keys.boxes(stand), tierOf(shelf), inside, detail, pace)
      }
    }
  }

  /** What a hash holds, oldest first, then by writer; a hash that is gone without our doing is noted. */
  async #fields(stand: Pick<Stand, 'shelf' | 'span' | 'listed'>): Promise<Found[]> {
    const key = this.#keys.boxes(stand)
    const fields = listOf(await this.#session.send('HKEYS', key, key)).map(textOf)
    if (fields.length === 0) {
      const kept = this.#lifetimes.kept[stand.shelf.startsWith('o') ? '15m' : tierOf(stand.shelf)]
      const end = stand.span + widthOf(stand.shelf)
      await this.#session.run(MISSING, [this.#keys.meta, key], [stand.listed, end, kept])
    }
    const found = fields.filter((field) => field.startsWith('n')).map(foundAt)
    return found.sort((a, b) => a.start - b.start || (a.writer < b.writer ? -1 : 1))
  }

  async *#boxes(
    key: string,
    tier: Box['tier'],
    fields: readonly Found[],
    detail: boolean,
    pace: { size: number }
  ): AsyncGenerator<Box> {
    let some = fields.slice(0, pace.size)
    let next = this.#page(key, some, detail)
    for (let at = some.length; some.length > 0; at += some.length) {
      const values = await next
      const read = some
      const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
      pace.size = Math.max(1, Math.min(PAGE.most, Math.floor((PAGE.bytes * read.length) / Math.max(1, bytes))))
      // The next ones are on their way while these are looked at.
      some = fields.slice(at, at + pace.size)
      next = this.#page(key, some, detail)
      for (const [place, { start, writer }] of read.entries()) {
        const numbers = values[detail ? place * 2 : place]
        // Sealed or deleted meanwhile.
        if (numbers === undefined) continue
        const more = detail ? values[place * 2 + 1] : undefined
        yield {
          tier,
          start,
          writer,
          numbers: bytesOf(numbers.subarray(MARK)),
          detail: more === undefined ? NOTHING : bytesOf(more),
        }
      }
    }
  }

  #page(key: string, fields: readonly Found[], detail: boolean): Promise<(Buffer | undefined)[]> {
    if (fields.length === 0) return Promise.resolve([])
    const names = fields.flatMap(({ field }) => (detail ? [`n${field}`, `d${field}`] : [`n${field}`]))
    const values = this.#session
      .send('HMGET', key, key, ...names)
      .then((reply) => listOf(reply).map((value) => (Buffer.isBuffer(value) ? value : undefined)))
    // Nobody waits for it if the reader goes away.
    values.catch(() => undefined)
    return values
  }

  /** Deletes what starts before `before` from the shelves, in short steps; answers how many boxes. */
  async prune(shelves: readonly Shelf[], before: number): Promise<number> {
    let gone = 0
    for (const stand of await this.spans()) {
      if (!shelves.includes(stand.shelf) || stand.span >= before) continue
      const old = (await this.#fields(stand)).filter(({ start }) => start < before)
      for (let at = 0; at < old.length; at += PAGE.dropped) {
        const fields = old.slice(at, at + PAGE.dropped).map(({ field }) => field)
        gone += Number(
          await this.#session.run(DROP, [this.#keys.meta, this.#keys.boxes(stand)], [stand.listed, ...fields])
        )
      }
    }
    return gone
  }
}

function foundAt(field: string): Found {
  const gap = field.indexOf(' ')
  return { start: Number(field.slice(1, gap)), writer: field.slice(gap + 1), field: field.slice(1) }
}

// A Buffer's slice() is no copy.
const bytesOf = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
