import { resolve } from 'node:path'
import { type Clock, systemClock } from '../core/time.ts'
import { type Code, MetricsError } from '../errors.ts'
import type { StorageDriver } from './driver.ts'
import { memory } from './memory.ts'
import { SqliteDriver, type SqliteOptions } from './sqlite.ts'
import type { Standing } from './store.ts'

/** Where metrics are kept, as configured; a plain value unless it is a driver of the app's own. */
export type Place =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string; readonly options: SqliteOptions }
  | { readonly kind: 'custom'; readonly driver: StorageDriver }

/** A driver that works, and how that came about. */
export interface Opened {
  readonly driver: StorageDriver
  readonly standing: () => Standing
}

const KNOWN = 'use "sqlite://metrics.db" (a file), "memory://" (nothing kept) or a StorageDriver'
const LATER = ['redis', 'rediss', 'redis+cluster', 'postgres', 'postgresql']

function bad(value: string, reason: string, hint: string = KNOWN): MetricsError {
  return new MetricsError('bad_option', `storage: ${JSON.stringify(value)} ${reason}`, { parameter: 'storage', hint })
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
      // What follows the scheme may hold a password.
      if (LATER.includes(scheme.toLowerCase())) throw bad(`${scheme}://…`, 'is not in this version')
      throw bad(`${scheme}://…`, `has a scheme that is not known`)
  }
}

function placeOfDriver(driver: unknown): Place {
  if (driver instanceof SqliteDriver) {
    // A clock cannot be sent to another thread.
    const { clock: _, ...options } = driver.options
    return { kind: 'sqlite', path: driver.path, options }
  }
  const { open, put, boxes } = (driver ?? {}) as Partial<Record<keyof StorageDriver, unknown>>
  if ([open, put, boxes].every((method) => typeof method === 'function')) {
    return { kind: 'custom', driver: driver as StorageDriver }
  }
  throw new MetricsError('bad_option', `storage: ${String(driver)} is neither a URL nor a driver`, {
    parameter: 'storage',
    hint: KNOWN,
  })
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

/** Waiting does not help against these: memory takes over, and says so. */
const HOPELESS: readonly Code[] = ['storage_unwritable', 'storage_readonly', 'storage_newer', 'missing_package']

/** Opens what `place` names. Trouble with the disk is told in `standing`, never thrown; a driver of the app's own may reject. */
export async function connect(place: Place, clock: Clock = systemClock): Promise<Opened> {
  if (place.kind === 'memory') {
    const driver = memory()
    await driver.open()
    return { driver, standing: () => ({ mode: 'memory', driver: 'memory', problem: null }) }
  }
  if (place.kind === 'custom') {
    const { driver } = place
    return { driver, standing: () => ({ mode: modeOf(driver), driver: driver.name, problem: null }) }
  }
  return connectFile(new SqliteDriver(place.path, { clock, ...place.options }))
}

function modeOf({ name }: StorageDriver): string {
  return name === 'memory' ? 'memory' : name === 'sqlite' ? 'disk' : 'remote'
}

async function connectFile(driver: SqliteDriver): Promise<Opened> {
  try {
    await driver.open()
  } catch (error) {
    // Any other trouble may pass: each put tries to open again, and the flusher keeps what is not put.
    if (error instanceof MetricsError && HOPELESS.includes(error.code)) return fallBack(driver, error)
  }
  return { driver, standing: () => ({ mode: 'disk', driver: 'sqlite', problem: driver.problem ?? null }) }
}

async function fallBack(wanted: SqliteDriver, error: MetricsError): Promise<Opened> {
  await wanted.close()
  const driver = memory()
  await driver.open()
  const hints = [error.hint, slashes(wanted.path)].filter((hint) => hint !== undefined)
  const problem = `${error.message}; metrics are kept in memory until the next start; ${hints.join('; ')}`
  return { driver, standing: () => ({ mode: 'memory-fallback', driver: 'memory', problem }) }
}

/** In SQLAlchemy three slashes are a relative path, here they are not: worth saying where a file would stand in the root. */
function slashes(path: string): string | undefined {
  const [, root, name] = /^(\/)([^/]+)$/.exec(path) ?? []
  return root === undefined ? undefined : `sqlite:///${name} is in the root folder, sqlite://${name} beside the app`
}
