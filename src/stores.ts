import type { Settings } from './config.ts'
import type { StoreOptions } from './store.ts'
import { Deferred } from './storage/deferred.ts'
import { type Place, placeOf } from './storage/place.ts'
import type { Store } from './storage/store.ts'
import { Threaded } from './storage/threaded.ts'

/** Where a store is and how it is kept: plain values, as far as the driver is not the app's own. */
export interface Site {
  readonly place: Place
  readonly options: StoreOptions
}

/** A driver gives a server up by itself, some seconds each for the start and for the call: its thread is not to blame. */
const AFAR = { open: 20_000, put: 20_000, claim: 20_000, get: 20_000, swap: 20_000, size: 20_000 }

const NO_THREAD =
  'no thread can be had for the storage, so it works in the one of the app, where a large question may hold it up; ' +
  'leave pocketmetrics out of the bundle (external)'

/**
 * The store of a `storage` option: files and servers in a worker thread, memory and drivers of the app's own in this one.
 * Throws `bad_option`; `say` is told when there is no thread.
 */
export function makeStore(settings: Settings, writer: string, say: (line: string) => void): Store {
  const { storage, app, timezone, kept, events, maxSize } = settings
  const options = { writer, app, timezone, kept, events, maxSize }
  const place = placeOf(storage)
  const site: Site = { place, options }
  if (place.kind === 'memory' || place.kind === 'custom') {
    const [mode, driver] = place.kind === 'memory' ? ['memory', 'memory'] : ['remote', place.driver.name]
    return new Deferred(() => startStore(site), { mode, driver, problem: null })
  }
  const mode = place.kind === 'sqlite' ? 'disk' : 'remote'
  const opening = { mode, driver: place.kind, problem: null }
  const timeouts = place.kind === 'sqlite' ? {} : AFAR
  const local = (): Promise<Store> => (say(NO_THREAD), startStore(site))
  return new Threaded({ url: workerOf(import.meta.url), data: site, local, opening, timeouts })
}

/**
 * The worker's file beside the code that starts it, as sources or built. In a bundle that is the app's own folder, where
 * a `worker.js` would be the app's; a bundle of CommonJS does not know its folder, and beside Node there is no such file.
 */
function workerOf(here: string | undefined): URL {
  if (here?.endsWith('.ts') === true) return new URL('./worker.ts', here)
  return new URL('./pocketmetrics-worker.js', here ?? `file:///${process.execPath}`)
}

/** Opens the store of a site in this thread. What it takes is loaded here, not before: most apps need it in the worker only. */
export async function startStore({ place, options }: Site): Promise<Store> {
  // Beside the data what answers is loaded with the first question. In the app's own thread a start is the better time.
  const isHere = place.kind === 'memory' || place.kind === 'custom'
  const answering = isHere ? import('./api/answer.ts') : undefined
  const [{ connect }, { LocalStore }] = await Promise.all([
    import('./storage/open.ts'),
    import('./store.ts'),
    answering,
  ])
  const { maxSize, kept, events, app = 'app' } = options
  const { driver, standing } = await connect(place, { maxSize, tenant: { app, kept, events } })
  return new LocalStore(driver, options, standing)
}
