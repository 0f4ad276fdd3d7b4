import { Buffer } from 'node:buffer'
import type { Tier } from '../core/tiers.ts'
import type { Folding } from './folding.ts'
import { Recall } from './recall.ts'
import type { Part } from './sets.ts'

/** Histograms remembered at most: at some kilobytes each, about 20 MB. */
const MOST_POINTS = 4_000
/** Bytes of boxes remembered at most, and of one question's boxes of a tier. */
const MOST_BYTES = 24 * 1024 * 1024
export const MOST_OF_TIER: number = MOST_BYTES / 2

/** One sealed box as it was when it was folded; its `numbers` name its contents, and so all of it. */
export interface Folio {
  readonly start: number
  readonly end: number
  readonly span: number
  readonly numbers: Uint8Array
}

interface Entry {
  /** What the part was made of: boxes, or other parts. */
  readonly boxes: readonly Folio[]
  readonly parts: readonly Part[]
  readonly part: Part
  readonly bytes: number
}

/**
 * Remembers what the sealed boxes of a tier came to for a question. Whether these boxes are still what is stored is seen
 * by reading them again, without their detail; unpacking and folding is saved, and nothing here gets stale.
 */
export class FoldMemory {
  /** Where the driver says what has changed, not even that is needed. */
  readonly recall: Recall = new Recall()
  readonly #entries = new Map<string, Entry>()
  #points = 0
  #bytes = 0

  get(key: string, boxes: readonly Folio[]): Part | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || !same(entry.boxes, boxes)) return undefined
    // The bytes that were read last: whoever else keeps those does not keep others beside them.
    return this.#renew(key, { ...entry, boxes })
  }

  set(key: string, boxes: readonly Folio[], part: Part): void {
    const bytes = boxes.reduce((sum, box) => sum + box.numbers.length, 0)
    this.#keep(key, { boxes, parts: [], part, bytes })
  }

  /** Several parts as one, made anew when they are not the same parts as before. */
  whole(key: string, parts: readonly Part[], unite: (parts: readonly Part[]) => Part): Part {
    const entry = this.#entries.get(key)
    if (entry !== undefined && isSame(entry.parts, parts)) return this.#renew(key, entry)
    const part = unite(parts)
    this.#keep(key, { boxes: [], parts, part, bytes: 0 })
    return part
  }

  #renew(key: string, entry: Entry): Part {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.part
  }

  #keep(key: string, entry: Entry): void {
    this.#drop(key)
    if (entry.part.size > MOST_POINTS / 2 || entry.bytes > MOST_OF_TIER) return
    this.#entries.set(key, entry)
    this.#points += entry.part.size
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#points <= MOST_POINTS && this.#bytes <= MOST_BYTES) break
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#points -= entry.part.size
    this.#bytes -= entry.bytes
  }
}

/** Whether everything that decides what boxes come to has a name. */
export function isNamed(folding: Folding): boolean {
  return folding.measures.every((measure) => measure.key !== undefined)
}

/** What is remembered under: everything that decides what boxes come to. */
export function keyOf(folding: Folding, tier: Tier | 'all'): string {
  const measures = folding.measures.map(({ metric, detail, slots, key }) => [metric, detail, slots, key])
  return JSON.stringify([tier, measures, folding.labels, folding.filters])
}

function same(a: readonly Folio[], b: readonly Folio[]): boolean {
  return a.length === b.length && a.every((box, i) => sameBox(box, b[i]!))
}

function sameBox(a: Folio, b: Folio): boolean {
  return a.start === b.start && a.end === b.end && a.span === b.span && isStill(a, b.numbers)
}

function isSame(a: readonly Part[], b: readonly Part[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i])
}

/** Whether a box read again is the one that was chosen. */
export function isStill(folio: Pick<Folio, 'numbers'>, numbers: Uint8Array): boolean {
  return folio.numbers === numbers || Buffer.compare(folio.numbers, numbers) === 0
}
