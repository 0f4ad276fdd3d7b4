import { DAY } from '../core/time.ts'
import { align, finest } from './buckets.ts'
import { after, floor, shift } from './calendar.ts'
import type { Spans } from './folding.ts'
import type { Compare, Question, Unit, Width } from './question.ts'
import type { Frame, Range } from './range.ts'
import type { Zone } from './zone.ts'

/** The earlier spans to compare with, and for each span of the range which of them. */
export interface Earlier {
  readonly spans: Spans
  readonly of: readonly number[]
}

const STEPS: Readonly<Record<Exclude<Compare, 'previous'>, readonly [number, Unit]>> = {
  '1d': [1, 'd'],
  '7d': [7, 'd'],
  '1M': [1, 'M'],
  '1y': [1, 'y'],
}

/** The period before, each of its spans cut at the same elapsed time as the span it is compared with. */
export function earlier(question: Question, range: Range, frame: Frame): Earlier {
  const back =
    question.compare === 'previous' ? previous(question, range, frame.zone) : stepBack(question.compare!, frame.zone)
  const { width } = range
  if (width === null) {
    const start = aligned(back(range.from), frame)
    return { spans: { starts: [start], ends: [Math.max(start, aligned(back(range.end), frame))] }, of: [0] }
  }
  const places = range.spans.starts.map((start) => floor(back(start), width, frame.zone))
  const ends = new Map<number, number>()
  places.forEach((start, i) => {
    const full = after(start, width, frame.zone)
    // Whole buckets are compared with whole ones, however long a day is.
    const elapsed = range.spans.ends[i]! - range.spans.starts[i]!
    const end = range.partial[i]! ? aligned(Math.min(full, start + elapsed), frame) : full
    ends.set(start, Math.max(ends.get(start) ?? start, end))
  })
  const starts = [...ends.keys()].sort((a, b) => a - b)
  const index = new Map(starts.map((start, i) => [start, i]))
  return {
    spans: { starts, ends: starts.map((start) => ends.get(start)!) },
    of: places.map((start) => index.get(start)!),
  }
}

function aligned(at: number, frame: Frame): number {
  return align(at, finest(at, frame.now, frame.kept), frame.home)
}

function stepBack(compare: Exclude<Compare, 'previous'>, zone: Zone): (at: number) => number {
  const [count, unit] = STEPS[compare]
  return (at) => shift(at, -count, unit, zone)
}

/** Moves back by as much as the range is long: in buckets, in units that it is anchored to, in days, else in ms. */
function previous(question: Question, range: Range, zone: Zone): (at: number) => number {
  if (range.width !== null) return backBuckets(range.spans.starts.length, range.width, zone)
  const { from, to } = question
  if (from.kind === 'anchored' && from.unit !== undefined) {
    const unit = from.unit
    let count = 1
    while (count < 10_000 && shift(from.at, count, unit, zone) < range.end) count++
    return (at) => shift(at, -count, unit, zone)
  }
  const length = zone.local(to.at) - zone.local(from.at)
  if (length % DAY === 0) return (at) => shift(at, -length / DAY, 'd', zone)
  return (at) => at - (range.end - range.from)
}

function backBuckets(count: number, width: Width, zone: Zone): (at: number) => number {
  const { unit } = width
  if (unit !== 'm' && unit !== 'h') return (at) => shift(at, -count, unit, zone)
  const hours = unit === 'h' ? count * width.count : (count * width.count) / 60
  if (hours % 24 === 0) return (at) => shift(at, -hours / 24, 'd', zone)
  return (at) => shift(at, -count * width.count, unit, zone)
}
