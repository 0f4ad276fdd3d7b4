import { existsSync, openSync, closeSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import type { Fault } from '../fault.ts'

const ENDINGS = ['', '-wal', '-shm']

/** The file is deleted under the apps: they begin a fresh one (R8). */
export const unlink: Fault = {
  name: 'unlink',
  weight: 0.3,
  forgets: true,
  possible: ({ field }) => field.file !== undefined && existsSync(field.file),
  async strike({ field }) {
    for (const ending of ENDINGS) rmSync(field.file! + ending, { force: true })
    return async () => undefined
  },
}

/** The file is damaged under the apps: they set it aside. */
export const scribble: Fault = {
  name: 'scribble',
  weight: 0.3,
  forgets: true,
  possible: ({ field }) => field.file !== undefined && existsSync(field.file),
  async strike({ field }, random) {
    const { size } = statSync(field.file!)
    const descriptor = openSync(field.file!, 'r+')
    const length = random.whole(1, 4) * 4096
    writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, random.whole(0, Math.floor(size / 4096)) * 4096)
    closeSync(descriptor)
    return async () => undefined
  },
}

/** The file is moved away and comes back, as a careless backup does. */
export const away: Fault = {
  name: 'away',
  weight: 0.3,
  forgets: true,
  possible: ({ field }) => field.file !== undefined && existsSync(field.file),
  async strike({ field }) {
    for (const ending of ENDINGS)
      if (existsSync(field.file! + ending)) renameSync(field.file! + ending, `${field.file!}.away${ending}`)
    return async () => undefined
  },
}
