import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'

const PIECE = new Uint8Array(65_536)

/** Writes until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, PIECE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

/** Something else fills the disk. */
export const fullDisk: Fault = alone({
  name: 'full-disk',
  weight: 2,
  cuts: true,
  possible: ({ field }) => field.disk !== undefined,
  async strike({ field }) {
    const ballast = join(field.disk!, 'ballast')
    fill(ballast)
    return async () => rmSync(ballast, { force: true })
  },
})
