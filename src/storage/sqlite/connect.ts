import { MetricsError } from '../../errors.ts'
import { type Connection, type Engine, type Statement } from './engine.ts'
import { isBusy } from './faults.ts'
import { bytesAt, remoteFileSystem } from './file.ts'
import { admit, migrate } from './schema.ts'

/** How commits are made safe: `wal` where that is sound, else a rollback journal. */
export type Journal = 'auto' | 'rollback'

/** How thoroughly a file is checked before it is used. */
export type Scrutiny = 'brief' | 'full'

/** A connection with its prepared statements. */
export interface Line {
  readonly connection: Connection
  readonly prepare: (sql: string) => Statement
  /** Why there is no WAL, in a sentence with what to do; undefined when all is well. */
  readonly caution: string | undefined
}

/** A file of at most this many bytes is checked whole at each start: 3 ms a megabyte. */
const CHECKED_WHOLE = 32 * 1024 * 1024
const SMALL_TABLES = ['names', 'documents', 'writers']

/** Chosen by measurement: 20 KB + 60 KB boxes put and read 20 % faster than with 4 KB pages; 16 KB doubles what a small box writes. */
const PAGE = 8192
/** The log is folded back at 4 MB, and cut where it was longer; in a store that may take little, earlier. */
const LOG = { pages: 512, least: 8, share: 1 / 32, limit: 16 * 1024 * 1024 }

/** How many pages the log of a file of at most `maxSize` bytes takes before it is folded back, and to what it is cut. */
export function logOf(maxSize: number): { readonly pages: number; readonly limit: number } {
  const pages = Math.min(LOG.pages, Math.max(LOG.least, Math.floor((maxSize * LOG.share) / PAGE)))
  return { pages, limit: pages === LOG.pages ? LOG.limit : pages * PAGE }
}

/** 3.7.0–3.51.2, save 3.50.7 and 3.44.6, can lose commits when one process checkpoints while another writes (WAL-reset bug). */
export function hasWalResetBug(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major !== 3 || minor < 7) return false
  if (minor === 50) return patch < 7
  if (minor === 44) return patch < 6
  return minor < 51 || (minor === 51 && patch < 3)
}

/** Why WAL is not to be used, with what to do; undefined when it is sound. */
export function cautionOf(engine: string, version: string, path: string): string | undefined {
  const remote = remoteFileSystem(path)
  if (remote !== undefined) {
    return `${path} is on a network file system (${remote}): slower, and one host at a time; put it on a local disk`
  }
  if (!hasWalResetBug(version)) return undefined
  const fix = engine === 'node:sqlite' ? 'Node to its newest release' : engine
  return `SQLite ${version} has the WAL-reset bug: a slower, safe journal is used; update ${fix}`
}

function setJournal(connection: Connection, safe: boolean, pages: number): void {
  // Without WAL a reader may hold up a commit for as long as it reads one page.
  connection.exec(`PRAGMA busy_timeout = ${safe ? 50 : 5}`)
  // Whoever has the bug never checkpoints, should another process have put the file into WAL.
  connection.exec(`PRAGMA wal_autocheckpoint = ${safe ? 0 : pages}`)
  try {
    connection.exec(`PRAGMA journal_mode = ${safe ? 'TRUNCATE' : 'WAL'}`)
  } catch (error) {
    // Leaving WAL needs the file for oneself; staying in it without checkpoints is safe, too.
    if (!safe || !isBusy(error)) throw error
  }
}

function check(connection: Connection, path: string, scrutiny: Scrutiny): void {
  const whole = scrutiny === 'full' || bytesAt(path).file <= CHECKED_WHOLE
  const pragmas =
    scrutiny === 'full'
      ? ['integrity_check(1)']
      : whole
        ? ['quick_check(1)']
        : SMALL_TABLES.map((table) => `quick_check(${table})`)
  for (const pragma of pragmas) {
    const row = connection.prepare(`PRAGMA ${pragma}`).get()
    const said = String(Object.values(row ?? { ok: 'ok' })[0])
    if (said !== 'ok') throw new MetricsError('storage_corrupt', `${path} is damaged: ${said}`)
  }
}

/** Opens the file, new or old, checks it, and brings its tables up to date; synchronous, closes again what fails. */
export function connect(engine: Engine, path: string, journal: Journal, scrutiny: Scrutiny, maxSize: number): Line {
  const { pages, limit } = logOf(maxSize)
  const connection = engine.connect(path)
  try {
    connection.exec('PRAGMA busy_timeout = 5')
    const version = admit(connection, path)
    if (version > 0) check(connection, path, scrutiny)
    const sqlite = String(connection.prepare('SELECT sqlite_version() AS v').get()?.['v'])
    const caution = journal === 'rollback' ? undefined : cautionOf(engine.name, sqlite, path)
    // The first two count only before the first table; temporary files may have nowhere to go.
    connection.exec(`PRAGMA page_size = ${PAGE}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA temp_store = MEMORY`)
    setJournal(connection, journal === 'rollback' || caution !== undefined, pages)
    connection.exec(`PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = ${limit}`)
    connection.exec('PRAGMA trusted_schema = OFF; BEGIN IMMEDIATE')
    migrate(connection, path)
    connection.exec('COMMIT')
    return { connection, prepare: remembering(connection), caution }
  } catch (error) {
    closeQuietly(connection)
    throw error
  }
}

function remembering(connection: Connection): (sql: string) => Statement {
  const statements = new Map<string, Statement>()
  return (sql) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = connection.prepare(sql)
    statements.set(sql, made)
    return made
  }
}

/** Closes; with a broken disk even that can fail, and nothing is left to do about it. */
export function closeQuietly(connection: Connection): void {
  try {
    connection.close()
  } catch {
    return
  }
}
