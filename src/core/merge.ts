import { type Entry, type OpenedBox, pack, type Packed } from './box.ts'
import { type Contents, type Window } from './window.ts'
import { Point } from './point.ts'

/** Merges boxes into one for `window`; the order of the boxes does not matter, down to the bytes. */
export function mergeBoxes(window: Pick<Window, 'start' | 'end'>, boxes: readonly OpenedBox[]): Packed {
  const series = new Map<string, Entry>()
  for (const box of boxes) {
    const ids = box.labelIds()
    for (const metric of box.metrics) {
      // Straight into the merged points: a sketch or a histogram of its own for each box would cost as much again.
      box.fold(metric, true, (index) => {
        const labels = ids[index] ?? ''
        const known = series.get(metric + labels)
        if (known !== undefined) return known.point
        const point = new Point()
        series.set(metric + labels, { metric, labels, point })
        return point
      })
    }
  }
  // In one order, so that the same points give the same bytes whoever packs them.
  const entries = [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  const contents = mergeContents(boxes.map((box) => box.contents))
  return pack({ start: window.start, end: window.end, contents, final: true }, entries)
}

/** The union of contents: writers in order, each writer's ranges joined. */
export function mergeContents(lists: readonly (readonly Contents[])[]): Contents[] {
  const writers = new Map<string, { instance: string; ranges: (readonly [number, number])[] }>()
  for (const { writer, instance, ranges } of lists.flat()) {
    const known = writers.get(writer) ?? { instance, ranges: [] }
    if (instance > known.instance) known.instance = instance
    known.ranges.push(...ranges)
    writers.set(writer, known)
  }
  return [...writers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([writer, { instance, ranges }]) => ({ writer, instance, ranges: joined(ranges) }))
}

function joined(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const out: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = out.at(-1)
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to)
    else out.push([from, to])
  }
  return out
}

/** A point with the same values, for those who must keep one while the other grows. */
export function copy(point: Point): Point {
  const twin = new Point(point.buckets !== undefined)
  twin.merge(point)
  return twin
}
