import type { ByteReader } from './bytes.ts'
import { halves, hex } from './ids.ts'

/** Where the points of one metric stand in a box. */
export interface Place {
  readonly points: number
  readonly numbersAt: number
  readonly detailAt: number
}

/** Numbers of each row: the halves of the metric's id, then its place. */
const WIDE = 5
const MOST_KNOWN = 1_000

/** The halves of ids asked for: the same few are looked up in box after box. */
const known = new Map<string, readonly [hi: number, lo: number]>()

function halvesOf(metric: string): readonly [hi: number, lo: number] {
  let found = known.get(metric)
  if (found === undefined) {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(metric, (found = halves(metric)))
  }
  return found
}

/** Which metrics a box has, and where. Ids stay numbers: thousands of boxes are opened for one question. */
export class Directory {
  readonly #rows: number[] = []
  /** Where what follows it begins. */
  readonly end: number

  constructor(from: ByteReader) {
    let detailAt = 0
    for (let left = from.varint(); left > 0 && !from.ended; left--) {
      const [hi, lo] = [from.uint32(), from.uint32()]
      const points = from.varint()
      const length = from.varint()
      const detailLength = from.varint()
      this.#rows.push(hi, lo, points, from.at, detailAt)
      from.at += length
      detailAt += detailLength
    }
    this.end = from.at
  }

  /** The ids of all metrics, in their order. */
  get metrics(): string[] {
    const found: string[] = []
    for (let at = 0; at < this.#rows.length; at += WIDE) found.push(hex(this.#rows[at]!, this.#rows[at + 1]!))
    return found
  }

  find(metric: string): Place | undefined {
    const rows = this.#rows
    const [hi, lo] = halvesOf(metric)
    for (let at = 0; at < rows.length; at += WIDE) {
      if (rows[at + 1] !== lo || rows[at] !== hi) continue
      return { points: rows[at + 2]!, numbersAt: rows[at + 3]!, detailAt: rows[at + 4]! }
    }
    return undefined
  }
}
