import type { CheckFunction, CheckOptions } from './check.ts'
import { ownDisk } from './checks/disk.ts'
import { loopCheck, type LoopFigures } from './checks/loop.ts'
import { memoryCheck, type MemoryFigures } from './checks/memory.ts'
import { storageCheck, type StorageFigures } from './checks/storage.ts'
import type { OwnSettings } from './owned.ts'

/** What they look at. */
export interface OwnReadings {
  readonly storage: () => StorageFigures
  readonly loop: () => LoopFigures
  readonly memory: () => Promise<MemoryFigures>
  /** The folder of the store; undefined where it is no file. */
  readonly folder?: string | undefined
}

/** A check of our own, ready to be registered. */
export interface Own {
  readonly name: string
  readonly run: CheckFunction
  readonly options: CheckOptions
}

/** The checks that are on, and have something to look at. */
export function ownChecks(settings: OwnSettings, readings: OwnReadings): Own[] {
  const { storage, eventLoop, memory, disk } = settings
  const own: Own[] = []
  if (storage !== false) own.push({ name: 'storage', run: storageCheck(readings.storage, storage.age), ...storage })
  if (eventLoop !== false) own.push({ name: 'event loop', run: loopCheck(readings.loop, eventLoop), ...eventLoop })
  if (memory !== false) own.push({ name: 'memory', run: memoryCheck(readings.memory, memory.used), ...memory })
  const path = disk === false ? undefined : (disk.path ?? readings.folder)
  if (disk !== false && path !== undefined) own.push({ name: 'disk', run: ownDisk(path, disk), ...disk })
  return own.map(({ name, run, options }) => ({ name, run, options }))
}
