import { resolve } from 'node:path'
import { MetricsError } from '../errors.ts'
import type { StorageDriver } from './driver.ts'
import { addressOf, isMisread } from './postgres/address.ts'
import { SCHEME as REDIS, targetOf } from './redis/url.ts'
import type { SqliteDriver, SqliteOptions } from './sqlite.ts'

/** Where metrics are kept, as configured; a plain value unless it is a driver of the app's own. */
export type Place =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly options: SqliteOptions }
  | RemotePlace
  | { readonly kind: 'custom'; readonly driver: StorageDriver }

/** A server by its URL, and the options of its driver: plain values. */
export interface RemotePlace {
  readonly kind: 'redis' | 'postgres'
  readonly url: string
  readonly options: object
}

const KNOWN =
  'use "sqlite://metrics.db" (a file), "redis://host", "postgres://host/database", "memory://" (nothing kept) or a StorageDriver'
const POSTGRES = /^postgres(ql)?$/i

function bad(value: string, reason: string, hint: string = KNOWN): MetricsError {
  const fix = `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`
  const problem = `Option \`storage\` is ${JSON.stringify(value)}, which ${reason}. ${fix}`
  return new MetricsError('bad_option', problem, { parameter: 'storage', hint: fix })
}

/** Reads the `storage` option; throws `bad_option` for what can never work, touches no disk. */
export function placeOf(storage: string | StorageDriver): Place {
  if (typeof storage !== 'string') return placeOfDriver(storage)
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(storage.trim()) ?? []
  switch (scheme.toLowerCase()) {
    case 'memory':
      if (!/^\/*$/.test(rest)) throw bad(storage, 'says more than memory:// can mean')
      return { kind: 'memory' }
    case 'sqlite':
      return placeOfFile(storage, rest)
    case '':
      throw bad(storage, 'is no storage URL')
    default:
      return placeOfServer(storage.trim(), scheme)
  }
}

function placeOfDriver(driver: unknown): Place {
  if (isFile(driver)) {
    // A clock cannot be sent to another thread.
    const { clock: _, ...options } = driver.options
    return { kind: 'sqlite', path: driver.path, options }
  }
  const server = serverOf(driver)
  if (server !== undefined) return server
  const { open, put, boxes } = (driver ?? {}) as Partial<Record<keyof StorageDriver, unknown>>
  if ([open, put, boxes].every((method) => typeof method === 'function')) {
    return { kind: 'custom', driver: driver as StorageDriver }
  }
  throw bad(typeof driver, 'is neither a URL nor a driver')
}

// By its shape: its class would load the whole driver where only its worker needs it.
function isFile(driver: unknown): driver is SqliteDriver {
  const { name, path, options } = (driver ?? {}) as Partial<SqliteDriver>
  return name === 'sqlite' && typeof path === 'string' && typeof options === 'object'
}

function placeOfServer(url: string, scheme: string): Place {
  if (REDIS.test(scheme)) {
    targetOf(url)
    return { kind: 'redis', url, options: {} }
  }
  // What follows the scheme may hold a password.
  if (!POSTGRES.test(scheme)) throw bad(`${scheme}://…`, 'has a scheme that is not known')
  const address = addressOf(url)
  if (isMisread(address)) throw bad(`${scheme}://…`, address.problem, address.fix)
  return { kind: 'postgres', url, options: {} }
}

/** Whether a store is reached over a network, where each call costs its way. */
export function isFar(storage: string | StorageDriver): boolean {
  if (typeof storage !== 'string')
    return ['redis', 'postgres'].includes(String((storage as StorageDriver | null)?.name))
  const scheme = storage.trim().split(':', 1)[0] ?? ''
  return REDIS.test(scheme) || POSTGRES.test(scheme)
}

/** Undefined for what stays in this thread: a driver over the app's own client, or with options that cannot be sent. */
function serverOf(driver: unknown): RemotePlace | undefined {
  const { name, url, options } = (driver ?? {}) as { name?: unknown; url?: unknown; options?: unknown }
  if ((name !== 'redis' && name !== 'postgres') || typeof url !== 'string') return undefined
  const { clock: _, ...plain } = (options ?? {}) as Record<string, unknown>
  try {
    return { kind: name, url, options: structuredClone(plain) }
  } catch {
    return undefined
  }
}

function placeOfFile(storage: string, rest: string): Place {
  const written = rest.replace(/^\/\//, '')
  if (/[?#]/.test(written)) throw bad(storage, 'has parameters, and there are none', 'leave out what follows ? or #')
  let path: string
  try {
    path = decodeURIComponent(written)
  } catch {
    throw bad(storage, 'has a % that begins no code', 'write %25 for a percent sign')
  }
  if (path === ':memory:' || path === '/:memory:') return { kind: 'memory' }
  // file:///C:/… style
  if (/^\/[a-z]:[\\/]/i.test(path)) path = path.slice(1)
  if (path === '' || path.includes('\0')) throw bad(storage, 'names no file', 'write "sqlite://metrics.db"')
  if (/[\\/]$/.test(path)) throw bad(storage, 'names a folder', `write "sqlite://${path}metrics.db"`)
  return { kind: 'sqlite', path: resolve(path), options: {} }
}
