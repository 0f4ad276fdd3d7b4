import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import { postgres } from '../../src/storage/postgres.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { startPostgres } from '../../test/servers/postgres.ts'
import { tell } from '../launch.ts'
import { type Fleet, fleet } from './fleet.ts'

/** What the same fleet takes in stores that are not Redis. */
export type Rooms = Readonly<Record<'memory' | 'SQLite' | 'PostgreSQL', Fleet>>

async function room(driver: StorageDriver, besides: () => number = () => 0): Promise<Fleet> {
  const found = await fleet(driver, { bytes: async () => (await driver.size()).bytes - besides(), cpu: () => 0 })
  await driver.close()
  return found
}

const server = await startPostgres()
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-bench-'))
const file = join(folder, 'metrics.db')
const rooms: Rooms = {
  memory: await room(memory()),
  // Without its log, which is as long with few series as with many.
  SQLite: await room(sqlite(file), () => statSync(`${file}-wal`).size),
  PostgreSQL: await room(postgres(server.url)),
}
await server.end()
rmSync(folder, { recursive: true, force: true })
tell(rooms)
if (process.send === undefined) process.exit()
