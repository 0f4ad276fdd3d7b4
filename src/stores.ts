import type { StoreOptions } from './store.ts'
import { Deferred } from './storage/deferred.ts'
import type { StorageDriver } from './storage/driver.ts'
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

/** The store of a `storage` option: files and servers in a worker thread, memory and drivers of the app's own in this one. Throws `bad_option`. */
export function makeStore(storage: string | StorageDriver, options: StoreOptions): Store {
  const place = placeOf(storage)
  const site: Site = { place, options }
  if (place.kind === 'memory' || place.kind === 'custom') {
    const [mode, driver] = place.kind === 'memory' ? ['memory', 'memory'] : ['remote', place.driver.name]
    return new Deferred(() => startStore(site), { mode, driver, problem: null })
  }
  // Sources run as they are, so the file beside this one has this one's ending.
  const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  const mode = place.kind === 'sqlite' ? 'disk' : 'remote'
  const opening = { mode, driver: place.kind, problem: null }
  const timeouts = place.kind === 'sqlite' ? {} : AFAR
  return new Threaded({ url, data: site, local: () => startStore(site), opening, timeouts })
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
