import { type Clock, systemClock } from '../core/time.ts'
import { type Code, MetricsError } from '../errors.ts'
import type { StorageDriver, Tenant } from './driver.ts'
import { memory } from './memory.ts'
import type { Place, RemotePlace } from './place.ts'
import { SqliteDriver } from './sqlite.ts'
import type { Standing } from './store.ts'

/** A driver that works, and how that came about. */
export interface Opened {
  readonly driver: StorageDriver
  readonly standing: () => Standing
}

/** What a store is told of the app. */
export interface Wishes {
  readonly maxSize?: number
  readonly tenant?: Tenant
}

/** Waiting does not help against these: memory takes over, and says so. */
const HOPELESS: readonly Code[] = ['storage_unwritable', 'storage_readonly', 'storage_newer', 'missing_package']
/** A server may be promoted, and a user may be allowed more. */
const HOPELESS_AFAR: readonly Code[] = ['storage_newer', 'missing_package']

/** Opens what `place` names. Trouble with the disk or a server is told in `standing`, never thrown; a driver of the app's own may reject. */
export async function connect(place: Place, wishes: Wishes = {}, clock: Clock = systemClock): Promise<Opened> {
  const { maxSize, tenant } = wishes
  switch (place.kind) {
    case 'memory': {
      const driver = memory()
      await driver.open()
      return { driver, standing: () => ({ mode: 'memory', driver: 'memory', problem: null }) }
    }
    case 'custom': {
      const { driver } = place
      if (tenant !== undefined) driver.admit?.(tenant)
      return { driver, standing: () => ({ mode: modeOf(driver), driver: driver.name, problem: problemOf(driver) }) }
    }
    case 'sqlite': {
      const size = maxSize === undefined ? {} : { maxSize }
      const driver = new SqliteDriver(place.path, { clock, ...size, ...place.options })
      return begin(driver, 'disk', HOPELESS, slashes(driver.path))
    }
    default: {
      const driver = await driverOf(place)
      if (tenant !== undefined) driver.admit?.(tenant)
      return begin(driver, 'remote', HOPELESS_AFAR)
    }
  }
}

// The code of a driver is loaded where it is used.
async function driverOf({ kind, url, options }: RemotePlace): Promise<StorageDriver> {
  if (kind === 'redis') return new (await import('./redis.ts')).RedisDriver(url, options)
  return new (await import('./postgres.ts')).PostgresDriver(url, options)
}

function modeOf({ name }: StorageDriver): string {
  return name === 'memory' ? 'memory' : name === 'sqlite' ? 'disk' : 'remote'
}

/** What our own drivers tell the operator; those of others need not. */
function problemOf(driver: StorageDriver): string | null {
  const { problem } = driver as { problem?: unknown }
  return typeof problem === 'string' ? problem : null
}

async function begin(driver: StorageDriver, mode: string, hopeless: readonly Code[], hint?: string): Promise<Opened> {
  try {
    await driver.open()
  } catch (error) {
    // Any other trouble may pass: each put tries to open again, and the flusher keeps what is not put.
    if (error instanceof MetricsError && hopeless.includes(error.code)) return fallBack(driver, error, hint)
  }
  return { driver, standing: () => ({ mode, driver: driver.name, problem: problemOf(driver) }) }
}

async function fallBack(wanted: StorageDriver, error: MetricsError, hint: string | undefined): Promise<Opened> {
  await wanted.close()
  const driver = memory()
  await driver.open()
  const hints = [error.hint, hint].filter((each) => each !== undefined)
  const problem = `${error.message}; metrics are kept in memory until the next start; ${hints.join('; ')}`
  return { driver, standing: () => ({ mode: 'memory-fallback', driver: 'memory', problem }) }
}

/** In SQLAlchemy three slashes are a relative path, here they are not: worth saying where a file would stand in the root. */
function slashes(path: string): string | undefined {
  const [, root, name] = /^(\/)([^/]+)$/.exec(path) ?? []
  return root === undefined ? undefined : `sqlite:///${name} is in the root folder, sqlite://${name} beside the app`
}
