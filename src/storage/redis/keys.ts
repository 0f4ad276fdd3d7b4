import { KEPT, TIERS, type Tier } from '../../core/tiers.ts'
import { DAY, HOUR } from '../../core/time.ts'
import type { Box } from '../driver.ts'

/** How long things are kept, ms: keys live a little longer than what is in them, should nobody come to prune it. */
export interface Lifetimes {
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
}

export const LIFETIMES: Lifetimes = { kept: KEPT, events: DAY }

/** The boxes of a tier that one hash holds. */
const SPANS: Readonly<Record<Tier, number>> = { '1m': HOUR, '15m': DAY, '1h': 10 * DAY, '1d': 100 * DAY }

/** A row of hashes with boxes of one kind: `o1m` the open minutes, `s15m` the sealed quarters. */
export type Shelf = `${'o' | 's'}${Tier}`

export const SHELVES: readonly Shelf[] = TIERS.flatMap((tier): Shelf[] => [`o${tier}`, `s${tier}`])

export const shelfOf = (tier: Tier, sealed: boolean): Shelf => `${sealed ? 's' : 'o'}${tier}`
export const tierOf = (shelf: Shelf): Tier => shelf.slice(1) as Tier
/** Where the span begins that holds `start`. */
export const spanOf = (shelf: Shelf, start: number): number =>
  Math.floor(start / SPANS[tierOf(shelf)]) * SPANS[tierOf(shelf)]
export const widthOf = (shelf: Shelf): number => SPANS[tierOf(shelf)]

/** Where a box stands: its hash, by which the hash is listed, and its field there. */
export interface Stand {
  readonly shelf: Shelf
  readonly span: number
  readonly listed: string
  readonly field: string
}

export function standOf(box: Pick<Box, 'tier' | 'start' | 'writer'>): Stand {
  const shelf = shelfOf(box.tier, box.writer === '*')
  const span = spanOf(shelf, box.start)
  return { shelf, span, listed: `${shelf} ${span}`, field: `${box.start} ${box.writer}` }
}

/**
 * The names of all keys of one store. Everything is under one hash tag, because a batch is kept whole or not at all, and
 * a cluster promises that within one slot only.
 */
export class Keys {
  readonly meta: string
  readonly names: string
  readonly seen: string
  readonly documents: string
  readonly writers: string
  readonly events: string
  readonly eventIds: string
  readonly eventTimes: string
  readonly claims: string
  readonly claimTimes: string
  readonly probe: string
  readonly #tag: string

  constructor(prefix: string) {
    this.#tag = /\{[^}]+\}/.test(prefix) ? prefix : `{${prefix.replaceAll(/[{}]/g, '')}}`
    this.meta = this.#key('meta')
    this.names = this.#key('names')
    this.seen = this.#key('seen')
    this.documents = this.#key('documents')
    this.writers = this.#key('writers')
    this.events = this.#key('events')
    this.eventIds = this.#key('event-ids')
    this.eventTimes = this.#key('event-times')
    this.claims = this.#key('claims')
    this.claimTimes = this.#key('claim-times')
    this.probe = this.#key('probe')
  }

  /** The keys without which a store is not whole. */
  get pillars(): readonly string[] {
    return [this.meta, this.names, this.documents, this.writers]
  }

  boxes({ shelf, span }: Pick<Stand, 'shelf' | 'span'>): string {
    return this.#key(`${shelf}:${span}`)
  }

  #key(name: string): string {
    return `${this.#tag}:${name}`
  }
}

/** How long a hash of boxes lives after it last got one, ms. */
export function lifeOf(shelf: Shelf, { kept }: Lifetimes): number {
  // Open boxes are kept as long as quarters, into which they may still be merged.
  const tier = shelf.startsWith('o') ? '15m' : tierOf(shelf)
  return Math.ceil(kept[tier] + widthOf(shelf) + DAY)
}

/** How long what belongs to all of it lives, ms. */
export function lifeOfAll({ kept, events }: Lifetimes): number {
  return Math.ceil(Math.max(events, ...TIERS.map((tier) => kept[tier])) + 2 * DAY)
}
