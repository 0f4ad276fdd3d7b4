import { join } from 'node:path'
import { MetricsError } from '../../errors.ts'

/** What a column can hold. */
export type Value = string | number | bigint | null | Uint8Array
export type Row = Record<string, Value>

/** A prepared statement; every call runs it to its end, so nothing stays open between two calls. */
export interface Statement {
  /** Answers how many rows it changed. */
  run(...values: Value[]): number
  get(...values: Value[]): Row | undefined
  all(...values: Value[]): Row[]
}

/** One open database file, whoever brought SQLite. */
export interface Connection {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** A library that brings SQLite. */
export interface Engine {
  readonly name: string
  connect(path: string): Connection
}

/** What we use of either library. */
interface Database {
  exec(sql: string): unknown
  prepare(sql: string): {
    run(...values: Value[]): { changes: number | bigint }
    get(...values: Value[]): unknown
    all(...values: Value[]): unknown[]
  }
  close(): void
}
type DatabaseClass = new (path: string, options?: { readonly timeout?: number }) => Database

function connection(database: Database): Connection {
  return {
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        run: (...values) => Number(statement.run(...values).changes),
        get: (...values) => statement.get(...values) as Row | undefined,
        all: (...values) => statement.all(...values) as Row[],
      }
    },
    close: () => database.close(),
  }
}

/** Loads `node:sqlite` without Node 22's ExperimentalWarning about it; every other warning passes. */
function loadBuiltin(): { readonly DatabaseSync: DatabaseClass } | undefined {
  const original = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  const warn = process.emitWarning.bind(process) as (warning: string | Error, ...more: unknown[]) => void
  // The warning is given synchronously, during this one call.
  process.emitWarning = (warning: string | Error, ...more: unknown[]) => {
    if (!String(warning).includes('SQLite')) warn(warning, ...more)
  }
  try {
    return process.getBuiltinModule?.('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined
  } finally {
    if (original !== undefined) Object.defineProperty(process, 'emitWarning', original)
  }
}

function builtin(): Engine | undefined {
  const loaded = loadBuiltin()
  if (loaded === undefined) return undefined
  return { name: 'node:sqlite', connect: (path) => connection(new loaded.DatabaseSync(path)) }
}

/** From 13 on better-sqlite3 ends the process with a segmentation fault where Node-API 10 is missing: Node 20, 22.13. */
function crashes(version: string): boolean {
  return Number.parseInt(version, 10) >= 13 && Number(process.versions['napi']) < 10
}

/** The app's own copy of better-sqlite3, seen from this package or from the folder where the app was started. */
function installed(): Engine | undefined {
  for (const base of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      const require = process.getBuiltinModule('node:module').createRequire(base)
      const { version } = require('better-sqlite3/package.json') as { version: string }
      if (crashes(version)) continue
      const Database = require('better-sqlite3') as DatabaseClass
      // Its native part is loaded by the first database, not by the import.
      new Database(':memory:').close()
      return { name: 'better-sqlite3', connect: (path) => connection(new Database(path, { timeout: 0 })) }
    } catch {
      continue
    }
  }
  return undefined
}

/** Which library brings SQLite; `auto` prefers Node's own. */
export type EngineName = 'auto' | 'node:sqlite' | 'better-sqlite3'

/** The library that brings SQLite here; throws `missing_package` when there is none. */
export function engineOf(wanted: EngineName): Engine {
  const found =
    (wanted === 'better-sqlite3' ? undefined : builtin()) ?? (wanted === 'node:sqlite' ? undefined : installed())
  if (found !== undefined) return found
  throw new MetricsError('missing_package', `Node ${process.versions.node} brings no SQLite`, {
    hint: 'use Node 22.13 or newer, or run: npm install better-sqlite3@12',
  })
}
