import type { KeptEvent } from '../core/event.ts'
import { Point } from '../core/point.ts'
import { MINUTE } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { meets, valueOf } from './filters.ts'
import { fold } from './fold.ts'
import type { Folded, Folding, Spans } from './folding.ts'
import { Cells } from './group.ts'
import type { Bounds, Reader } from './reader.ts'
import { watch } from './watch.ts'

/** Where single events are read, and what of. */
export interface Telling {
  readonly folding: Folding
  readonly reader: Reader
  readonly now: number
  readonly bounds: Bounds
}

/** Single events, folded. */
interface Told {
  readonly cells: Cells
  readonly seen: ReadonlySet<string>
  /** How many values they stand for, and whether each is there itself. */
  readonly count: number
  readonly sampled: boolean
}

/**
 * The same fold with what overflowed told apart: points of a metric with too many label sets have lost labels that its
 * events still have. Where there are no events, or not of the whole range, it is `found` and says why.
 */
export async function tellApart(found: Folded, telling: Telling): Promise<Folded> {
  const { folding, reader, now } = telling
  const from = folding.spans.starts[0] ?? now
  if (reader.events === undefined || from < now - reader.events - MINUTE)
    return { ...found, warning: warningOf(found, 'old') }
  const told = await tell(telling)
  if (told === undefined || told.count === 0) return { ...found, warning: warningOf(found, 'none') }
  const whole = await fold({ ...folding, labels: [], filters: [] }, reader, now, telling.bounds)
  const exact = !told.sampled && told.count === (whole.groups[0]?.whole(0, 0)?.count ?? 0)
  return {
    groups: told.cells.groups(),
    // All points together are right, whatever they lost; but a filter may have taken away those that lost their labels.
    ...(folding.filters.length === 0 ? { totals: found.groups } : {}),
    seen: new Set([...(found.seen ?? []), ...told.seen]),
    overflow: true,
    warning: warningOf(found, exact ? 'exact' : 'estimated'),
  }
}

const SAID = {
  exact: 'These rows are exact, from single events: there are too many label sets for points.',
  estimated:
    'These rows are estimated from single events, not all of which are kept: there are too many label sets for points.',
  old: 'There are too many label sets: __overflow__ stands for the rest. For the time for which single events are kept they are told apart.',
  none: 'There are too many label sets: __overflow__ stands for the rest.',
} as const

function warningOf({ warning }: Folded, which: keyof typeof SAID): string {
  return warning === null ? SAID[which] : `${SAID[which]} ${warning}`
}

/** Undefined where there are too many to be read. */
async function tell(telling: Telling): Promise<Told | undefined> {
  try {
    return await read(telling)
  } catch (error) {
    if (error instanceof MetricsError && (error.code === 'busy' || error.code === 'too_large')) return undefined
    throw error
  }
}

async function read({ folding, reader, bounds }: Telling): Promise<Told> {
  const { spans, labels, filters } = folding
  const [measure] = folding.measures
  const cells = new Cells(folding.measures)
  const groups = new Map<string, number>()
  const seen = new Set<string>()
  const pause = watch(bounds)
  let [count, sampled] = [0, false]
  const selector = { kinds: ['track'], name: measure!.metric, from: spans.starts[0]!, to: spans.ends.at(-1)! }
  for await (const event of reader.driver.events(selector)) {
    const span = spanOf(spans, event.time)
    if (span < 0) continue
    count += event.weight
    sampled ||= event.weight !== 1
    const has = new Map(Object.entries(event.labels))
    for (const label of has.keys()) seen.add(label)
    if (filters.every((filter) => meets(has, filter))) {
      const values = labels.map((label) => valueOf(has, label) || null)
      const key = values.join('\0')
      if (!groups.has(key)) groups.set(key, groups.size)
      cells.point(groups.get(key)!, values, 0, 0, span).merge(pointOf(event, measure!.detail))
    }
    const paused = pause()
    if (paused !== undefined) await paused
  }
  return { cells, seen, count, sampled }
}

function spanOf({ starts, ends }: Spans, time: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low < starts.length && starts[low]! <= time ? low : -1
}

/** What an event stands for: its value as often as it was seen. */
function pointOf({ value, time, weight }: KeptEvent, detail: boolean): Point {
  const one = new Point(detail)
  one.observe(value, Math.floor(time))
  if (weight === 1) return one
  const all = new Point(detail)
  for (let left = Math.round(weight); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) all.merge(one)
    const twin = new Point(detail)
    twin.merge(one)
    one.merge(twin)
  }
  return all
}
