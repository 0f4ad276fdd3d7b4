import { LocalStore, type StoreOptions } from './store.ts'
import type { StorageDriver } from './storage/driver.ts'
import { memory } from './storage/memory.ts'
import { connect, type Place, placeOf } from './storage/open.ts'
import type { Store } from './storage/store.ts'
import { Threaded } from './storage/threaded.ts'

/** Where a store is and how it is kept: plain values, as far as the driver is not the app's own. */
export interface Site {
  readonly place: Place
  readonly options: StoreOptions
}

/** The store of a `storage` option: files in a worker thread, memory and drivers of the app's own in this one. Throws `bad_option`. */
export function makeStore(storage: string | StorageDriver, options: StoreOptions): Store {
  const place = placeOf(storage)
  if (place.kind === 'memory') return new LocalStore(memory(), options)
  if (place.kind === 'custom') return new LocalStore(place.driver, options)
  // Sources run as they are, so the file beside this one has this one's ending.
  const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  const site: Site = { place, options }
  return new Threaded({ url, data: site, local: () => startStore(site) })
}

/** Opens the store of a site in this thread. */
export async function startStore({ place, options }: Site): Promise<LocalStore> {
  const { driver, standing } = await connect(place)
  return new LocalStore(driver, options, standing)
}
