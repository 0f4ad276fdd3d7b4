import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { recognise } from '../../../src/health/clients/recognise.ts'
import { outcomeOf, outcomeOfError } from '../../../src/health/outcome.ts'

// It has no types of its own.
const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string, options?: object) => Opened

interface Opened {
  exec(sql: string): unknown
  prepare(sql: string): { get(): unknown; iterate(): Iterable<unknown> }
  close(): unknown
}

const engines: Readonly<Record<string, (file: string) => Opened>> = {
  'node:sqlite': (file) => new DatabaseSync(file, { timeout: 4321 }),
  'better-sqlite3': (file) => new Database(file, { timeout: 4321 }),
}

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-check-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'app.db')
}

function looked(database: object): string {
  const check = recognise(database)
  assert.ok(check, 'it is not known')
  try {
    const { status, code } = outcomeOf(check(AbortSignal.timeout(1000)))
    return code === null ? status : `${status} ${code}`
  } catch (error) {
    return `fail ${outcomeOfError(error).code}`
  }
}

for (const [name, open] of Object.entries(engines)) {
  test(`${name}: a database passes, and one that is closed fails`, (t) => {
    const database = open(file(t))
    assert.equal(looked(database), 'pass')
    database.close()
    assert.match(looked(database), /^fail (ERR_INVALID_STATE|disconnected)$/)
  })

  test(`${name}: a file that is no database fails`, (t) => {
    const path = file(t)
    writeFileSync(path, 'no database at all'.repeat(100))
    const database = open(path)
    t.after(() => database.close())
    assert.match(looked(database), /^fail (SQLITE_NOTADB|ERR_SQLITE_ERROR)$/)
  })

  test(`${name}: a lock is told at once, and the app's patience is as it was`, (t) => {
    const path = file(t)
    const database = open(path)
    // Within one process only the same engine sees the locks of a file.
    const other = open(path)
    t.after(() => {
      other.close()
      database.close()
    })
    other.exec('create table a (b); begin exclusive')
    const began = performance.now()
    assert.equal(looked(database), 'warn SQLITE_BUSY')
    assert.ok(performance.now() - began < 2000, 'it waited for the lock')
    other.exec('rollback')
    assert.equal(looked(database), 'pass')
    assert.deepEqual(Object.values(database.prepare('pragma busy_timeout').get() as object), [4321])
  })

  test(`${name}: rows that the app walks through are no obstacle`, (t) => {
    const database = open(file(t))
    t.after(() => database.close())
    database.exec('create table a (b); insert into a values (1), (2), (3)')
    const rows: unknown[] = []
    for (const row of database.prepare('select b from a').iterate()) {
      rows.push(row)
      assert.equal(looked(database), 'pass')
    }
    assert.equal(rows.length, 3)
  })

  test(`${name}: a transaction of the app is not begun by a check`, (t) => {
    const path = file(t)
    const database = open(path)
    const other = new DatabaseSync(path)
    t.after(() => {
      other.close()
      database.close()
    })
    database.exec('pragma journal_mode = wal; create table a (b); begin')
    assert.equal(looked(database), 'pass')
    other.exec('insert into a values (1)')
    assert.deepEqual(Object.values(database.prepare('select count(*) from a').get() as object), [1])
    database.exec('commit')
  })
}

test('Drizzle on SQLite is asked through its database', (t) => {
  const database = new Database(file(t))
  const db = drizzle(database as never)
  assert.equal(looked(db), 'pass')
  database.close()
  assert.equal(looked(db), 'fail disconnected')
})
