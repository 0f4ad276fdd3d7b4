import { type Clock, systemClock } from '../core/time.ts'
import { type Code, MetricsError } from '../errors.ts'
import type { StorageDriver } from './driver.ts'
import { memory } from './memory.ts'
import type { Place } from './place.ts'
import { SqliteDriver } from './sqlite.ts'
import type { Standing } from './store.ts'

/** A driver that works, and how that came about. */
export interface Opened {
  readonly driver: StorageDriver
  readonly standing: () => Standing
}

/** Waiting does not help against these: memory takes over, and says so. */
const HOPELESS: readonly Code[] = ['storage_unwritable', 'storage_readonly', 'storage_newer', 'missing_package']

/** Opens what `place` names. Trouble with the disk is told in `standing`, never thrown; a driver of the app's own may reject. */
export async function connect(place: Place, maxSize?: number, clock: Clock = systemClock): Promise<Opened> {
  if (place.kind === 'memory') {
    const driver = memory()
    await driver.open()
    return { driver, standing: () => ({ mode: 'memory', driver: 'memory', problem: null }) }
  }
  if (place.kind === 'custom') {
    const { driver } = place
    return { driver, standing: () => ({ mode: modeOf(driver), driver: driver.name, problem: null }) }
  }
  return connectFile(
    new SqliteDriver(place.path, { clock, ...(maxSize === undefined ? {} : { maxSize }), ...place.options })
  )
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
