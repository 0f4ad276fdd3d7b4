import { HOUR, MINUTE } from '../core/time.ts'
import { type Tier, WIDTH } from '../core/tiers.ts'
import { align, following } from './buckets.ts'
import type { Spans } from './folding.ts'
import type { Zone } from './zone.ts'

/** A part of a span that no box has given yet. */
export interface Piece {
  readonly from: number
  readonly to: number
  readonly span: number
}

type Interval = readonly [from: number, to: number]

/** More separate reads than this cost more than reading some boxes in vain. */
const MOST_READS = 64

/** The spans as pieces; an end within a minute is moved up, since that minute is running. */
export function pieces(spans: Spans): Piece[] {
  const all: Piece[] = []
  spans.starts.forEach((from, span) => {
    const to = Math.ceil(spans.ends[span]! / MINUTE) * MINUTE
    if (from < to) all.push({ from, to, span })
  })
  return all
}

/** Where whole windows of a tier lie within single pieces, neighbours put together. */
export function wanted(left: readonly Piece[], tier: Tier, home: Zone): Interval[] {
  const found: [number, number][] = []
  for (const piece of left) {
    if (piece.to - piece.from < (tier === '1d' ? 20 * HOUR : WIDTH[tier])) continue
    let from = align(piece.from, tier, home)
    if (from < piece.from) from = following(from, tier, home)
    const to = align(piece.to, tier, home)
    if (from >= to) continue
    const last = found.at(-1)
    if (last !== undefined && last[1] === from) last[1] = to
    else found.push([from, to])
  }
  return found
}

/** At most 64 intervals that hold all of these: the smallest holes are filled. */
export function joined(intervals: readonly Interval[]): Interval[] {
  if (intervals.length <= MOST_READS) return [...intervals]
  const holes = intervals.slice(1).map(([from], i) => from - intervals[i]![1])
  const least = holes.toSorted((a, b) => b - a)[MOST_READS - 1]!
  const found: [number, number][] = []
  for (const [from, to] of intervals) {
    const last = found.at(-1)
    if (last !== undefined && from - last[1] <= least) last[1] = to
    else found.push([from, to])
  }
  return found
}

/** The stretches without holes that boxes, by growing start, make up. */
export function runs(
  covers: readonly { readonly box: { readonly start: number; readonly end: number } }[]
): Interval[] {
  const found: [number, number][] = []
  for (const { box } of covers) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === box.start) last[1] = box.end
    else found.push([box.start, box.end])
  }
  return joined(found)
}

/** Takes boxes, by growing start, out of pieces. */
export class Rest {
  readonly #pieces: readonly Piece[]
  readonly #left: Piece[] = []
  #at = 0
  /** Up to where the current piece has been taken. */
  #from: number

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
    this.#from = pieces[0]?.from ?? 0
  }

  /** The span of the piece that holds all of start … end, which is taken out of it; -1 if there is none. */
  take(start: number, end: number): number {
    this.#skipTo(start)
    const piece = this.#pieces[this.#at]
    if (piece === undefined || start < this.#from || end > piece.to) return -1
    this.#cut(start, end)
    return piece.span
  }

  /** The span of the piece that holds `start`, if nothing of start … end has been taken. */
  takeByStart(start: number, end: number): number {
    this.#skipTo(start)
    const piece = this.#pieces[this.#at]
    if (piece === undefined || start < this.#from) return -1
    let reach = piece.to
    for (let at = this.#at + 1; reach < end && this.#pieces[at]?.from === reach; at++) reach = this.#pieces[at]!.to
    // Beyond the last span and between spans nothing is taken either: only pieces that went before could be.
    if (reach < end && !this.#endsSpan(reach)) return -1
    this.#cut(start, end)
    return piece.span
  }

  /** What nobody took. */
  left(): Piece[] {
    this.#skipTo(Infinity)
    return this.#left
  }

  #endsSpan(at: number): boolean {
    return this.#pieces.at(-1)!.to === at
  }

  #cut(start: number, end: number): void {
    const piece = this.#pieces[this.#at]!
    if (this.#from < start) this.#left.push({ from: this.#from, to: start, span: piece.span })
    this.#from = end
    this.#skipTo(end)
  }

  #skipTo(start: number): void {
    for (let piece = this.#pieces[this.#at]; piece !== undefined && piece.to <= start; piece = this.#pieces[this.#at]) {
      if (this.#from < piece.to) this.#left.push({ ...piece, from: this.#from })
      this.#at++
      this.#from = Math.max(this.#pieces[this.#at]?.from ?? 0, this.#from)
    }
  }
}
