import { type OpenedBox, pack } from '../core/box.ts'
import { beyond, unfinishedIn } from '../core/unfinished.ts'
import { MINUTE } from '../core/time.ts'
import type { Box, StorageDriver } from '../storage/driver.ts'
import { openBox } from './opened.ts'

/** What is new in a box that a sealed one lists already. */
export interface Late {
  readonly box: OpenedBox
  readonly numbers: Uint8Array
}

/**
 * What open boxes hold beyond the sealed minutes that list them: their writers were taken for dead, and have come back. The
 * next sealing adds it everywhere; an answer does not wait for that. There are few such boxes, and mostly none. Sealed minutes
 * are read last: what has been added meanwhile is not given again.
 */
export async function* late(
  driver: Pick<StorageDriver, 'boxes'>,
  listed: readonly Box[],
  detail: boolean
): AsyncGenerator<Late> {
  const writers = new Map<number, Box[]>()
  for (const box of listed) writers.set(box.start, [...(writers.get(box.start) ?? []), box])
  for (const [start, boxes] of writers) {
    const minute = { tier: '1m', from: start, to: start + MINUTE, detail: true } as const
    const whole = detail ? boxes : await some(driver.boxes({ ...minute, which: 'open' }), boxes)
    for await (const sealed of driver.boxes({ ...minute, which: 'sealed' })) {
      const unfinished = unfinishedIn(openBox(sealed))
      for (const box of whole) {
        const part = unfinished.get(box.writer)
        const opened = openBox(box)
        const entries = part === undefined ? [] : beyond(opened, openBox({ ...box, ...part }))
        if (entries.length === 0) continue
        const packed = pack(opened, entries)
        yield { box: openBox({ ...box, ...packed }), numbers: packed.numbers }
      }
    }
  }
}

/** Those of the boxes that are still there, with their detail. */
async function some(stored: AsyncIterable<Box>, wanted: readonly Box[]): Promise<readonly Box[]> {
  const found: Box[] = []
  for await (const box of stored) if (wanted.some(({ writer }) => writer === box.writer)) found.push(box)
  return found
}
