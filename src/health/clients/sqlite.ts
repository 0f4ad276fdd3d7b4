import type { CheckFunction, CheckResult } from '../check.ts'
import { can, has } from './shape.ts'

interface Database {
  prepare(sql: string): { get(): unknown }
}

/** The check for a `DatabaseSync` of `node:sqlite` or a `Database` of `better-sqlite3`. */
export function sqlite(target: object): CheckFunction | undefined {
  if (!can(target, 'prepare', 'exec', 'close') || !(can(target, 'open') || can(target, 'pragma'))) return undefined
  return () => looked(target as Database)
}

/**
 * Reads the first page, which `SELECT 1` would not. Whoever holds a lock is not waited for: a query runs on the thread
 * of the app.
 */
function looked(database: Database): CheckResult {
  if (inTransaction(database)) return ask(database, 'SELECT 1')
  const patience = Number(Object.values(database.prepare('PRAGMA busy_timeout').get() as object)[0])
  // Not by `exec`, which better-sqlite3 refuses while the app walks through rows.
  ask(database, 'PRAGMA busy_timeout = 0')
  try {
    return ask(database, 'SELECT count(*) FROM sqlite_master')
  } catch (error) {
    if (!isLocked(error)) throw error
    return { status: 'warn', code: 'SQLITE_BUSY', message: 'another process holds the lock' }
  } finally {
    ask(database, `PRAGMA busy_timeout = ${patience}`)
  }
}

// A read of ours would begin a transaction of theirs earlier than they meant.
function inTransaction(database: object): boolean {
  const name = ['isTransaction', 'inTransaction'].find((one) => has(database, one))
  return name !== undefined && (database as Record<string, unknown>)[name] === true
}

function ask(database: Database, sql: string): CheckResult {
  database.prepare(sql).get()
  return { status: 'pass' }
}

function isLocked(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  return /^SQLITE_(BUSY|LOCKED)/.test(String(code)) || [5, 6].includes(Number(errcode) & 0xff)
}
