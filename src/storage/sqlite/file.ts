import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, statfsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MetricsError } from '../../errors.ts'

/** Which file stands at a path: another one there has another identity. */
export type Identity = string

const SIDECARS = ['', '-wal', '-shm', '-journal']
const KEPT = 2

/** Types of file system, by `statfs`, on which SQLite's shared memory or locks cannot be trusted between machines. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x786f4256, 'vboxsf'],
])

/** The identity of the file at `path`; undefined when there is none. */
export function identityOf(path: string): Identity | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

/** Bytes of the file and its companions. */
export function bytesAt(path: string): { readonly file: number; readonly wal: number } {
  const size = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0
  const wal = size(`${path}-wal`)
  return { file: size(path) + wal, wal }
}

/** Bytes that this process may still write where `path` is, where the system says so. */
export function freeAt(path: string): { readonly freeBytes?: number } {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return { freeBytes: bavail * bsize }
  } catch {
    return {}
  }
}

/** Like `mkdir -p`. Node's own recursive one never ends where a parent exists but takes no folder, as in /proc. */
function makeFolder(folder: string): void {
  try {
    if (!existsSync(folder)) mkdirSync(folder)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(folder))) throw error
    makeFolder(dirname(folder))
    makeFolder(folder)
  }
}

/** Makes the folder; throws `storage_unwritable` when no file can stand at `path`. */
export function prepareFolder(path: string): void {
  const folder = dirname(path)
  try {
    makeFolder(folder)
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`)
  } catch (cause) {
    const readonly = (cause as { code?: unknown }).code === 'EROFS'
    throw new MetricsError(
      readonly ? 'storage_readonly' : 'storage_unwritable',
      `the folder ${folder} cannot be made: ${(cause as Error).message}`,
      { cause, hint: 'choose a folder that this process may write to' }
    )
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new MetricsError('storage_unwritable', `${path} is a folder`, { hint: 'name a file in it' })
  }
}

/** The name of the network file system that holds `path`'s folder; undefined when it is a local one. */
export function remoteFileSystem(path: string): string | undefined {
  try {
    return REMOTE.get(statfsSync(dirname(path)).type >>> 0)
  } catch {
    return undefined
  }
}

/**
 * Renames a damaged database and its companions to `*.corrupt-<time>` and keeps the newest two sets; answers the new
 * name, or undefined when another process has already put a fresh file in its place.
 */
export function setAside(path: string, damaged: Identity | undefined, now: number): string | undefined {
  if (damaged !== undefined && identityOf(path) !== damaged) return undefined
  const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, '').replace('.', '')
  const aside = `${path}.corrupt-${stamp}`
  for (const ending of SIDECARS) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending)
  }
  forgetOldest(path)
  return aside
}

function forgetOldest(path: string): void {
  const folder = dirname(path)
  const prefix = `${basename(path)}.corrupt-`
  const stamped = readdirSync(folder).filter(
    (name) => name.startsWith(prefix) && /^\d{8}T\d{9}Z/.test(name.slice(prefix.length))
  )
  const stamps = [...new Set(stamped.map((name) => name.slice(prefix.length, prefix.length + 19)))].sort()
  for (const stamp of stamps.slice(0, -KEPT)) {
    for (const ending of SIDECARS) rmSync(join(folder, prefix + stamp + ending), { force: true })
  }
}
