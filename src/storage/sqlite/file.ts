import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  statfsSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MetricsError } from '../../errors.ts'

/** Which file stands at a path: another one there has another identity. */
export type Identity = string

const SIDECARS = ['', '-wal', '-shm', '-journal']
const KEPT = 2
/** SQLite's smallest page, bytes. */
const PAGE = 512

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

/** The files of a database: its own, and while it is open with WAL those beside it. */
export interface Files {
  readonly file: Identity | undefined
  readonly wal: Identity | undefined
  readonly shm: Identity | undefined
  /** False for one that was emptied or written over: a database is whole pages. */
  readonly whole: boolean
}

/** Looks from outside: to open the file besides SQLite and close it again would drop SQLite's locks. */
export function filesAt(path: string): Files {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const whole = size > 0 && size % PAGE === 0
  return { file: identityOf(path), wal: identityOf(`${path}-wal`), shm: identityOf(`${path}-shm`), whole }
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
  const found = look(path)
  if (found === undefined) return
  if (found.isFile()) return demand(path)
  const [what, hint] = found.isDirectory()
    ? ['a folder', 'name a file in it']
    : ['no regular file', 'name one, or memory:// to keep nothing']
  throw new MetricsError('storage_unwritable', `${path} is ${what}`, { hint })
}

/** SQLite itself would leave companions behind that those who may write cannot use. */
function demand(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (cause) {
    const hint = 'make the file, its folder and its file system writable'
    const problem = `this process may not read and write ${path}: ${(cause as Error).message}`
    throw new MetricsError('storage_readonly', problem, { cause, hint })
  }
}

/** What stands at `path`, if anything; throws where nothing ever can: a link that leads to itself, a name too long. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    const hint = 'name a file that this process may read and write'
    throw new MetricsError('storage_unwritable', `${path}: ${(cause as Error).message}`, { cause, hint })
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

/** What has happened to the files of an open database, for a sentence; undefined while they are those that were opened. */
export function mishap(opened: Files, found: Files): string | undefined {
  if (found.file !== opened.file) return 'was removed or replaced while it was open; a fresh one was begun'
  if (opened.whole && !found.whole) return 'was emptied or written over while it was open'
  const lost = (['wal', 'shm'] as const).find((name) => opened[name] !== undefined && found[name] !== opened[name])
  return lost === undefined ? undefined : `lost its companion -${lost} while it was open; it was opened anew`
}
