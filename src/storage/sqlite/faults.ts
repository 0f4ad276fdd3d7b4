import { type Code, MetricsError } from '../../errors.ts'

const ERROR = 1
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const SCHEMA = 17
const NOTADB = 26

/** By SQLite's primary result code: our code, and what to do. */
const FAULTS: ReadonlyMap<number, readonly [Code, string]> = new Map([
  [BUSY, ['storage_busy', 'another program holds the database; close it or wait']],
  [LOCKED, ['storage_busy', 'another program holds the database; close it or wait']],
  [SCHEMA, ['storage_busy', 'another program is changing the tables; wait']],
  [READONLY, ['storage_readonly', 'make the file, its folder and its file system writable']],
  [CANTOPEN, ['storage_unwritable', 'choose a folder that this process may write to']],
  [FULL, ['storage_full', 'free some disk space']],
  [CORRUPT, ['storage_corrupt', 'it will be set aside and a fresh file begun']],
  [NOTADB, ['storage_corrupt', 'it will be set aside and a fresh file begun']],
  [IOERR, ['storage_failed', 'look at the disk and the system log']],
])

const NAMED: ReadonlyMap<string, number> = new Map([
  ['SQLITE_BUSY', BUSY],
  ['SQLITE_LOCKED', LOCKED],
  ['SQLITE_SCHEMA', SCHEMA],
  ['SQLITE_READONLY', READONLY],
  ['SQLITE_CANTOPEN', CANTOPEN],
  ['SQLITE_FULL', FULL],
  ['SQLITE_CORRUPT', CORRUPT],
  ['SQLITE_NOTADB', NOTADB],
  ['SQLITE_IOERR', IOERR],
])

/** SQLite's primary result code of an error of either library; 0 when it is no error of SQLite. */
function resultOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') return errcode & 0xff
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return 0
  return NAMED.get(code.split('_').slice(0, 2).join('_')) ?? 1
}

/** Our tables are not as we made them: somebody has been at them. */
function isStrange(error: unknown): boolean {
  return (
    resultOf(error) === ERROR &&
    error instanceof Error &&
    /^(?:[A-Z_]+: )?(no such (table|column)|table .* has no column)/.test(error.message)
  )
}

/** Somebody else holds a lock: worth another try. */
export function isBusy(error: unknown): boolean {
  return FAULTS.get(resultOf(error))?.[0] === 'storage_busy'
}

/** An error of SQLite or of the file system as a MetricsError. */
export function faultOf(error: unknown, path: string): MetricsError {
  if (error instanceof MetricsError) return error
  const said = error instanceof Error ? error.message : String(error)
  const [code, hint] = FAULTS.get(isStrange(error) ? CORRUPT : resultOf(error)) ?? ['storage_failed', 'see the cause']
  return new MetricsError(code, `${path}: ${said}`, { cause: error, hint })
}

/** After such an error the connection is not to be trusted: the next call begins with a new one. */
export function breaksConnection(error: unknown): boolean {
  const result = resultOf(error)
  if (isStrange(error)) return true
  return result === IOERR || result === CORRUPT || result === NOTADB || result === READONLY || result === CANTOPEN
}
