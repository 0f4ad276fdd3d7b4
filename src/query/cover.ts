import type { OpenedBox } from '../core/box.ts'
import { covers, type Window } from '../core/window.ts'
import { MINUTE } from '../core/time.ts'
import { type Tier, TIERS } from '../core/tiers.ts'
import type { Box, StorageDriver } from '../storage/driver.ts'
import { align } from './buckets.ts'
import type { Spans } from './folding.ts'
import { late } from './late.ts'
import { joined, type Piece, pieces, Rest, wanted } from './pieces.ts'
import { type Bare, openBox, opened } from './opened.ts'
import type { Kept } from './question.ts'
import type { Shelves } from './shelves.ts'
import type { Zone } from './zone.ts'

export { openBox } from './opened.ts'

/** A box to fold, and the span that all of it belongs to. */
export interface Cover {
  readonly box: OpenedBox
  readonly span: number
  readonly tier: Tier | 'open'
  /** The packed header and scalars. */
  readonly numbers: Uint8Array
}

/** What is read and from where. */
export interface Reading {
  readonly driver: StorageDriver
  readonly spans: Spans
  /** Whether histograms and sketches are read. */
  readonly detail: boolean
  /** Leaves out those of sealed boxes all the same. */
  readonly skim?: boolean
  readonly now: number
  readonly kept: Kept
  /** The zone of the days of tier 1d. */
  readonly home: Zone
  /** Where sealed boxes are read that are wanted without their detail. */
  readonly shelves?: Shelves
  /** Asked when the open boxes have been read: the sealed ones that were chosen as of this version, which are then not given again. */
  readonly recall?: (version: string | undefined) => readonly Window[] | undefined
  /** Told once when boxes that straddle two spans had to be given to the one in which they start. */
  warn(text: string): void
}

/** An open box that no sealed box read so far has in it. */
interface Open {
  readonly box: Box
  sealed: boolean
}

/**
 * The boxes that together hold each recorded point of the spans exactly once.
 *
 * Sealed boxes are read coarsest first: a box is taken if it lies wholly within one span, and finer tiers are asked only
 * for what is left. Where a sealed box exists it has in it all that its window's finer boxes have; where it does not, the
 * finer ones are there. So each minute is given by one sealed box at most.
 *
 * Sealing may go on meanwhile, so open boxes are read first. What is sealed after that is still among the open ones read;
 * what was sealed before is in every sealed box read later, because one seal() changes all of them at once. So the sealed
 * box that a minute was taken from says by its contents, alone and rightly, which open boxes of that minute it has in it.
 */
export async function* cover(reading: Reading): AsyncGenerator<Cover> {
  const all = pieces(reading.spans)
  if (all.length === 0) return
  const open = await readOpen(reading, all[0]!.from, all.at(-1)!.to)
  const version = await reading.shelves?.look()
  const known = reading.recall?.(version)
  if (known === undefined) yield* sealed(reading, all, open)
  else for (const window of known) mark(open, window)
  for (const { box, sealed } of open) {
    const span = sealed ? -1 : spanOf(all, box.start)
    if (span >= 0) yield { box: openBox(box), span, tier: 'open', numbers: box.numbers }
  }
  const listed = open.filter(({ box, sealed }) => sealed && spanOf(all, box.start) >= 0).map(({ box }) => box)
  for await (const { box, numbers } of late(reading.driver, listed, reading.detail))
    yield { box, span: spanOf(all, box.start), tier: 'open', numbers }
}

/** The sealed boxes, each of which marks the open ones that it has in it. */
async function* sealed(reading: Reading, all: readonly Piece[], open: readonly Open[]): AsyncGenerator<Cover> {
  let left = all
  for (const tier of TIERS.toReversed()) {
    const rest = new Rest(left)
    for (const [from, to] of joined(wanted(left, tier, reading.home))) {
      for await (const { box, numbers } of sealedBoxes(reading, tier, from, to)) {
        const span = rest.take(box.start, box.end)
        if (span < 0) continue
        mark(open, box)
        yield { box, span, tier, numbers }
      }
    }
    left = rest.left()
  }
  yield* straddling(reading, left, open)
}

/**
 * Windows that no span holds whole, where the finer tiers that could be split are no longer kept (days of another zone
 * after more than a year, say): given to the span in which they start.
 */
async function* straddling(reading: Reading, pieces: readonly Piece[], open: readonly Open[]): AsyncGenerator<Cover> {
  let left = pieces
  for (const tier of TIERS.slice(1)) {
    const before = align(beginOf(reading, TIERS[TIERS.indexOf(tier) - 1]!), tier, reading.home)
    const old = left.filter((piece) => piece.from < before)
    if (old.length === 0) continue
    const rest = new Rest(left)
    for (const [from, to] of joined(old.map((piece) => [piece.from, Math.min(piece.to, before)] as const))) {
      for await (const { box, numbers } of sealedBoxes(reading, tier, from, to)) {
        const span = rest.takeByStart(box.start, box.end)
        if (span < 0) continue
        mark(open, box)
        reading.warn(warning(tier, reading.home))
        yield { box, span, tier, numbers }
      }
    }
    left = rest.left()
  }
}

/** Since when a tier is kept. */
function beginOf({ now, kept }: Pick<Reading, 'now' | 'kept'>, tier: Tier): number {
  return Math.floor((now - kept[tier]) / MINUTE) * MINUTE
}

/** Everything beside what is stored that decides which sealed boxes are chosen. */
export function choiceOf(reading: Pick<Reading, 'spans' | 'now' | 'kept'>): string {
  return JSON.stringify([pieces(reading.spans), TIERS.map((tier) => beginOf(reading, tier))])
}

function sealedBoxes(reading: Reading, tier: Tier, from: number, to: number): AsyncIterable<Bare> | Iterable<Bare> {
  const detail = reading.detail && reading.skim !== true
  if (!detail && reading.shelves !== undefined) return reading.shelves.boxes(tier, from, to)
  return opened(reading.driver.boxes({ tier, which: 'sealed', from, to, detail }))
}

function warning(tier: Tier, home: Zone): string {
  return tier === '1d'
    ? `Of that age only days of ${home.name} are kept: they count where they start.`
    : `Of that age only windows of ${tier} in UTC are kept: they count where they start.`
}

async function readOpen(reading: Reading, from: number, to: number): Promise<Open[]> {
  const open: Open[] = []
  const selector = { tier: '1m', which: 'open', from, to, detail: reading.detail } as const
  for await (const box of reading.driver.boxes(selector)) open.push({ box, sealed: false })
  return open
}

function mark(open: readonly Open[], sealed: Window): void {
  for (const each of open) {
    const { start, writer } = each.box
    if (start < sealed.start || start >= sealed.end || each.sealed) continue
    each.sealed = covers(sealed.contents, writer, Math.floor(start / MINUTE))
  }
}

function spanOf(all: readonly Piece[], at: number): number {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (all[middle]!.to <= at) low = middle + 1
    else high = middle
  }
  const piece = all[low]
  return piece !== undefined && piece.from <= at ? piece.span : -1
}
