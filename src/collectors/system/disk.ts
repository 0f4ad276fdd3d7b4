import { promises } from 'node:fs'

/** One file system, bytes; null where the platform does not say. */
export interface DiskReading {
  readonly size: number
  /** What those who are not root may still write. */
  readonly available: number
  /** Of what they may have, as `df` counts. */
  readonly usedPercent: number
  /** Of the files that it can hold; null where it has no limit of its own. */
  readonly usedFilesPercent: number | null
}

type Statfs = (path: string) => Promise<{
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}>

/** How full file systems are. One call is in flight for each path: a network share that hangs costs one thread of Node's pool, not all. */
export class Disks {
  readonly #statfs: Statfs
  readonly #flights = new Map<string, Promise<DiskReading | null>>()

  constructor(read: Statfs = promises.statfs) {
    this.#statfs = read
  }

  /** Null where it cannot be read. A call that hangs is shared by all who ask; never rejects. */
  read(path: string): Promise<DiskReading | null> {
    const known = this.#flights.get(path)
    if (known !== undefined) return known
    const flight = this.#read(path).finally(() => this.#flights.delete(path))
    this.#flights.set(path, flight)
    return flight
  }

  /** Whether a call of this path has not come back yet. */
  hangs(path: string): boolean {
    return this.#flights.has(path)
  }

  async #read(path: string): Promise<DiskReading | null> {
    try {
      const { bsize, blocks, bfree, bavail, files, ffree } = await this.#statfs(path)
      const used = blocks - bfree
      if (!(blocks > 0) || !(used + bavail > 0)) return null
      return {
        size: blocks * bsize,
        available: bavail * bsize,
        usedPercent: (used / (used + bavail)) * 100,
        usedFilesPercent: files > 0 ? ((files - ffree) / files) * 100 : null,
      }
    } catch {
      return null
    }
  }
}
