import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Ground, testDriver } from '../../src/storage/conformance.ts'
import { type SqliteOptions, sqlite } from '../../src/storage/sqlite.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'

function ground(options: SqliteOptions): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  const path = join(folder, 'metrics.db')
  return {
    connect: () => sqlite(path, options),
    future: () => {
      const connection = engineOf(options.engine ?? 'auto').connect(path)
      connection.exec('PRAGMA user_version = 99')
      connection.close()
    },
    fingerprint: () => readFileSync(path),
    remove: () => rmSync(folder, { recursive: true }),
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
