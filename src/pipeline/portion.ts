import type { Box } from '../storage/driver.ts'

/** Minutes of an outage go in portions of so many bytes, so that a server far away takes each within its time. */
const PORTION = 2_000_000

/** The first of these boxes, as many as are put at once. */
export function portionOf(boxes: readonly Box[]): readonly Box[] {
  let bytes = 0
  const end = boxes.findIndex(({ numbers, detail }) => (bytes += numbers.length + detail.length) > PORTION)
  return boxes.slice(0, end < 0 ? boxes.length : Math.max(1, end))
}
