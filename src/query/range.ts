import { MINUTE } from '../core/time.ts'
import { align, buckets, finest, following, widened } from './buckets.ts'
import { after, floor } from './calendar.ts'
import type { Spans } from './folding.ts'
import type { Kept, Moment, Width } from './question.ts'
import type { Zone } from './zone.ts'

/** A range as it will be answered. */
export interface Range {
  /** Echoed: the real ends, `to` perhaps in the future. */
  readonly from: number
  readonly to: number
  /** Where data ends: `to` or now. */
  readonly end: number
  /** null: one span for all. */
  readonly width: Width | null
  /** What is read, up to `end`. */
  readonly spans: Spans
  /** Whether the bucket goes on beyond `end`, by span. */
  readonly partial: readonly boolean[]
  readonly warning: string | null
}

/** What a range is laid out by. */
export interface Frame {
  readonly now: number
  readonly kept: Kept
  /** Of the buckets. */
  readonly zone: Zone
  /** Of the store's days. */
  readonly home: Zone
}

/** Lays out the range from one moment to another in buckets of a width (null: none, 'auto': a fitting one). */
export function layOut(from: Moment, to: Moment, asked: Width | 'auto' | null, frame: Frame): Range {
  const until = cut(from.at, to.at, frame)
  const end = Math.min(until, frame.now)
  if (asked === null) return whole(from.at, until, end, frame)
  let start = from.at
  let width = widened(asked, finest(start, frame.now, frame.kept), end - start)
  // Rounding down can reach to where only a coarser tier is kept.
  for (let tries = 0; tries < 4; tries++) {
    start = bucketStart(from, end, width, frame.zone)
    const wider = widened(width, finest(start, frame.now, frame.kept), end - start)
    if (wider === width) break
    width = wider
  }
  const all = buckets(start, end, width, frame.zone)
  const spans = { starts: all.starts, ends: all.ends.map((each) => Math.min(each, end)) }
  const partial = all.ends.map((each) => each > end)
  return { from: start, to: until, end, width, spans, partial, warning: why(asked, width) }
}

/** A relative `from` goes up to the next bucket, so that 24h are 24 hours; all others go down, so that nothing is cut. */
function bucketStart(from: Moment, end: number, width: Width, zone: Zone): number {
  const start = floor(from.at, width, zone)
  if (from.kind !== 'relative' || start === from.at) return start
  const next = after(start, width, zone)
  return next < end ? next : floor(Math.max(end - 1, start), width, zone)
}

function whole(from: number, until: number, end: number, frame: Frame): Range {
  // What is still to come has nothing in it, the running minute neither.
  if (from >= frame.now) {
    const spans = { starts: [from], ends: [from + 1] }
    return { from, to: until, end: from + 1, width: null, spans, partial: [true], warning: null }
  }
  const tier = finest(from, frame.now, frame.kept)
  const start = align(Math.min(from, end - 1), tier, frame.home)
  const spans = { starts: [start], ends: [end] }
  return { from: start, to: until, end, width: null, spans, partial: [until > frame.now], warning: null }
}

/**
 * Ends in the past can only be cut where windows end; the running minute is taken as far as it has come. What lies within
 * one window is that window.
 */
function cut(from: number, to: number, frame: Frame): number {
  if (to >= Math.floor(frame.now / MINUTE) * MINUTE) return to
  const tier = finest(to, frame.now, frame.kept)
  const end = align(to, tier, frame.home)
  return end > from ? end : following(end, tier, frame.home)
}

function why(asked: Width | 'auto', width: Width): string | null {
  if (asked === 'auto' || asked === width) return null
  return `Data of that age is no longer kept in buckets of ${asked.name}: these are of ${width.name}.`
}
