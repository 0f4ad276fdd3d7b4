import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { START, batch, box, boxesOf, event, eventsOf } from '../../src/storage/cases/ground.ts'
import { type Ground, testDriver } from '../../src/storage/conformance.ts'
import { type SqliteDriver, type SqliteOptions, sqlite } from '../../src/storage/sqlite.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import { admit, migrate } from '../../src/storage/sqlite/schema.ts'
import { folder } from './place.ts'

function ground(options: SqliteOptions): Ground {
  const home = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  const path = join(home, 'metrics.db')
  return {
    connect: () => sqlite(path, options),
    future: () => {
      const connection = engineOf(options.engine ?? 'auto').connect(path)
      connection.exec('PRAGMA user_version = 99')
      connection.close()
    },
    fingerprint: () => readFileSync(path),
    remove: () => rmSync(home, { recursive: true }),
  }
}

const VARIANTS: readonly (readonly [string, SqliteOptions])[] = [
  ['node:sqlite', { engine: 'node:sqlite' }],
  ['better-sqlite3', { engine: 'better-sqlite3' }],
  ['a rollback journal', { journal: 'rollback' }],
]

for (const [name, options] of VARIANTS) {
  describe(`sqlite by ${name}`, () => {
    testDriver(test, () => ground(options), ['durable', 'future'])
  })
}

test('a file of the first version gets what came since, and keeps what it has', async () => {
  const place = ground({})
  const first = await place.connect()
  await first.open()
  await first.put(batch({ boxes: [box(START)], events: [event(1)] }))
  await first.close()
  const { path } = first as SqliteDriver
  const old = engineOf('auto').connect(path)
  old.exec('DROP TABLE claims; PRAGMA user_version = 1')
  old.close()
  for (const driver of [await place.connect(), await place.connect()]) {
    await driver.open()
    assert.equal((await boxesOf(driver)).length, 1)
    assert.notEqual((await eventsOf(driver)).length, 0)
    await driver.claim(['x'], 'w', START)
    await driver.put(batch({ events: [event(2)], claims: { owner: 'w', ids: ['x'] } }))
    assert.deepEqual(await driver.claim(['x'], 'v', START), [false])
    await driver.close()
  }
  await place.remove?.()
})

test('a file whose tables another process makes while it is looked at is not taken for another program’s', async (t) => {
  const path = join(folder(t), 'metrics.db')
  for (const moment of [1, 2, 3]) {
    const file = `${path}.${moment}`
    const looking = engineOf('auto').connect(file)
    let statements = 0
    const watched = {
      prepare: (sql: string) => ({
        get: () => {
          const row = looking.prepare(sql).get()
          if (++statements === moment) migrated(file)
          return row
        },
      }),
    } as unknown as typeof looking
    assert.equal(typeof admit(watched, file), 'number', `after ${moment} of its statements`)
    looking.close()
  }
})

/** Another process makes the tables. */
function migrated(path: string): void {
  const other = engineOf('auto').connect(path)
  other.exec('BEGIN IMMEDIATE')
  migrate(other, path)
  other.exec('COMMIT')
  other.close()
}
