import { OpenedBox } from '../core/box.ts'
import { MetricsError } from '../errors.ts'
import type { Box } from '../storage/driver.ts'

/** A box opened for reading, and its packed header and scalars, which name its contents. */
export interface Bare {
  readonly box: OpenedBox
  readonly numbers: Uint8Array
}

/** Opens boxes as they come. */
export async function* opened(boxes: AsyncIterable<Box>): AsyncGenerator<Bare> {
  for await (const box of boxes) yield { box: openBox(box), numbers: box.numbers }
}

/** Reads the header of a box; MetricsError `storage_newer` for a format of the future. */
export function openBox(box: Box): OpenedBox {
  try {
    return new OpenedBox(box)
  } catch (cause) {
    throw new MetricsError('storage_newer', 'The store has been written by a newer version of pocketmetrics.', {
      hint: 'Update this process too.',
      cause,
    })
  }
}
