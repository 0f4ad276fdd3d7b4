import { close, open, promises, read } from 'node:fs'
import { join } from 'node:path'

/** Nearly all are smaller. */
const ROOM = 8_192

/**
 * Reads what the kernel writes whenever it is read. It gives all that there is room for at once, so that nothing is asked
 * about the file before and nothing tried behind its end: half of what `readFile` costs, every ten seconds.
 */
function contents(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (error, file) => {
      if (error !== null) return reject(error)
      const end = (failed: Error | null, text: string): void =>
        close(file, () => (failed === null ? resolve(text) : reject(failed)))
      const more = (before: Buffer, room: Buffer): void =>
        read(file, room, 0, room.length, null, (failed, count) => {
          if (failed !== null) return end(failed, '')
          const all = before.length === 0 ? room.subarray(0, count) : Buffer.concat([before, room.subarray(0, count)])
          if (count < room.length) end(null, all.toString())
          else more(all, Buffer.allocUnsafe(all.length))
        })
      more(NOTHING, Buffer.allocUnsafe(ROOM))
    })
  })
}

const NOTHING = Buffer.alloc(0)

/** What the kernel says of itself in small files. Nothing here rejects, and nothing blocks the event loop. */
export interface Files {
  /** What is in a file; undefined where it cannot be read. */
  text(path: string): Promise<string | undefined>
  /** The same of one that the kernel gives record by record, in as many pieces as it likes. */
  records(path: string): Promise<string | undefined>
  /** How many entries a folder has; undefined where that cannot be known, or takes too long to count. */
  entries(path: string): Promise<number | undefined>
}

/** Each costs a microsecond of the main thread. */
const MOST_ENTRIES = 20_000

/** The files of this machine, or of a tree that stands for one. */
export function filesUnder(root: string = ''): Files {
  const at = (path: string): string => (root === '' ? path : join(root, path))
  return {
    text: (path) => contents(at(path)).catch(() => undefined),
    records: (path) => promises.readFile(at(path), 'utf8').catch(() => undefined),
    entries: (path) => entriesOf(at(path)).catch(() => undefined),
  }
}

async function entriesOf(path: string): Promise<number | undefined> {
  // Since Linux 6.2 the size of /proc/self/fd is the number of its entries; before that it is 0.
  if (path.startsWith('/proc/')) {
    const { size } = await promises.stat(path)
    if (size > 0) return size
  }
  let count = 0
  for await (const _ of await promises.opendir(path, { bufferSize: 512 })) if (++count > MOST_ENTRIES) return undefined
  return count
}
