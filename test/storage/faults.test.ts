import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Code, MetricsError } from '../../src/errors.ts'
import { MINUTE, START, all, batch, box, boxesOf, bytes, event, eventsOf } from '../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { connect, type Opened } from '../../src/storage/open.ts'
import { type SqliteOptions, sqlite } from '../../src/storage/sqlite.ts'
import { cautionOf, hasWalResetBug } from '../../src/storage/sqlite/connect.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import { child, disk, folder } from './place.ts'

const coded = (code: Code) => (error: unknown) => error instanceof MetricsError && error.code === code
const put = batch({ boxes: [box(START)], events: [event(1)], names: [{ id: '0000000000000001', text: '{}' }] })

function open(path: string, options: SqliteOptions = {}): Promise<Opened> {
  return connect({ kind: 'sqlite', path, options })
}

async function works({ driver }: Opened, mode: string, standing: { mode: string }): Promise<void> {
  assert.equal(standing.mode, mode)
  await driver.put(put)
  assert.equal((await boxesOf(driver)).length, 1)
  await driver.close()
}

test('a missing folder is made', async (t) => {
  const path = join(folder(t), 'a', 'b', 'metrics.db')
  const opened = await open(path)
  await works(opened, 'disk', opened.standing())
  assert.equal(opened.standing().problem, null)
  assert.ok(statSync(path).size > 0)
})

test('where no file can be, memory takes over and one line says why and what to do', async (t) => {
  const home = folder(t)
  mkdirSync(join(home, 'metrics.db'))
  writeFileSync(join(home, 'file'), '')
  for (const path of [join(home, 'metrics.db'), join(home, 'file', 'metrics.db'), '/proc/none/metrics.db']) {
    const opened = await open(path)
    await works(opened, 'memory-fallback', opened.standing())
    const problem = opened.standing().problem ?? ''
    assert.ok(problem.includes(path.replace(/\/metrics.db$/, '')) && problem.includes('in memory'), problem)
    assert.equal(problem.includes('\n'), false)
  }
})

test('on a read-only file system memory takes over, whether or not a database is there', async (t) => {
  const { path, mount } = disk(t, '4m')
  const file = join(path, 'metrics.db')
  for (const make of [() => undefined, () => works2(file, {}), () => works2(file, { journal: 'rollback' })]) {
    mount('rw')
    await make()
    mount('ro')
    const opened = await open(file)
    await works(opened, 'memory-fallback', opened.standing())
  }
  mount('rw')
})

async function works2(path: string, options: SqliteOptions): Promise<void> {
  rmSync(path, { force: true })
  const driver = sqlite(path, options)
  await driver.open()
  await driver.put(put)
  await driver.close()
}

const withoutSqlite = (t: TestContext): void => {
  const getBuiltinModule = process.getBuiltinModule.bind(process)
  const others = (name: string): unknown => (name === 'node:sqlite' ? undefined : getBuiltinModule(name))
  t.mock.method(process, 'getBuiltinModule', others as typeof getBuiltinModule)
}

test('without any SQLite memory takes over and says what to install', async (t) => {
  withoutSqlite(t)
  const opened = await open(join(folder(t), 'metrics.db'), { engine: 'node:sqlite' })
  await works(opened, 'memory-fallback', opened.standing())
  assert.match(opened.standing().problem ?? '', /Node 22\.13 or newer.*npm install better-sqlite3@12/)
})

test('a better-sqlite3 that would crash this Node is not loaded', async (t) => {
  withoutSqlite(t)
  assert.equal(engineOf('auto').name, 'better-sqlite3')
  const { versions } = process
  t.after(() => Object.defineProperty(process, 'versions', { value: versions }))
  Object.defineProperty(process, 'versions', { value: { ...versions, napi: '9' } })
  assert.throws(() => engineOf('auto'), coded('missing_package'))
})

test('versions with the WAL-reset bug get a rollback journal and a line', (t) => {
  const bad = ['3.7.0', '3.40.1', '3.44.5', '3.47.2', '3.49.1', '3.50.6', '3.51.0', '3.51.2']
  const good = ['3.6.23', '3.44.6', '3.44.7', '3.50.7', '3.51.3', '3.52.0', '3.53.4', '4.0.0']
  assert.deepEqual(bad.filter(hasWalResetBug), bad)
  assert.deepEqual(good.filter(hasWalResetBug), [])
  assert.match(cautionOf('node:sqlite', '3.47.2', folder(t)) ?? '', /WAL-reset bug.*update Node/)
  assert.equal(cautionOf('node:sqlite', '3.53.4', folder(t)), undefined)
})

test('loading SQLite gives no warning and leaves other warnings alone', async () => {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  engineOf('auto')
  assert.deepEqual(Object.getOwnPropertyDescriptor(process, 'emitWarning'), before)
})

for (const [name, content] of [
  ['a text', 'these are my notes\n'.repeat(1_000)],
  ['a garbage header', Buffer.concat([Buffer.from('SQLite format 3\0'), bytes(8_000, 5)])],
  ['a short garbage file', bytes(77)],
] as const) {
  test(`${name} at the path is set aside unchanged, and a fresh file begun`, async (t) => {
    const home = folder(t)
    const path = join(home, 'metrics.db')
    writeFileSync(path, content)
    const opened = await open(path)
    await works(opened, 'disk', opened.standing())
    const aside = readdirSync(home).filter((file) => file.startsWith('metrics.db.corrupt-'))
    assert.equal(aside.length, 1)
    assert.deepEqual(readFileSync(join(home, aside[0] ?? '')), Buffer.from(content))
    assert.match(opened.standing().problem ?? '', /set aside as .*corrupt-/)
  })
}

async function filled(path: string, each: number = 5_000): Promise<void> {
  const driver = sqlite(path)
  await driver.open()
  const boxes = Array.from({ length: 100 }, (_, index) => box(START + index * MINUTE, { numbers: bytes(each) }))
  await driver.put(batch({ boxes, events: Array.from({ length: 1_000 }, (_, index) => event(index + 1)) }))
  await driver.close()
}

function scribble(path: string, from: number, length: number): void {
  const content = readFileSync(path)
  content.fill(0xa5, from, from + length)
  writeFileSync(path, content)
}

test('garbage in the middle is found at the start, and only the newest two damaged files are kept', async (t) => {
  const home = folder(t)
  const path = join(home, 'metrics.db')
  for (let time = 0; time < 4; time++) {
    await filled(path)
    scribble(path, 30_000, 60_000)
    const opened = await open(path, { clock: { now: () => START + time * MINUTE, monotonic: () => performance.now() } })
    await works(opened, 'disk', opened.standing())
    assert.match(opened.standing().problem ?? '', /damaged|malformed/)
  }
  const aside = readdirSync(home).filter((file) => /corrupt-\d+T\d+Z$/.test(file))
  assert.deepEqual(aside, ['metrics.db.corrupt-20260115T120200000Z', 'metrics.db.corrupt-20260115T120300000Z'])
})

test('damage while the file is open: the call is rejected, and the next ones work on a fresh file', async (t) => {
  const path = join(folder(t), 'metrics.db')
  // More than is held in memory.
  await filled(path, 60_000)
  const { driver, standing } = await open(path)
  scribble(path, 8_192, statSync(path).size - 8_192)
  await assert.rejects(boxesOf(driver), coded('storage_corrupt'))
  await driver.put(put)
  assert.equal((await boxesOf(driver)).length, 1)
  assert.match(standing().problem ?? '', /set aside/)
  await driver.close()
})

test('a file of no length is a new database', async (t) => {
  const path = join(folder(t), 'metrics.db')
  writeFileSync(path, '')
  const opened = await open(path)
  await works(opened, 'disk', opened.standing())
  assert.equal(opened.standing().problem, null)
})

for (const [name, sql] of [
  ['a newer version', `PRAGMA application_id = ${0x706d6574}; PRAGMA user_version = 7; CREATE TABLE x (y)`],
  ['another program', 'CREATE TABLE customers (id); INSERT INTO customers VALUES (1)'],
  ['another program with versions', 'CREATE TABLE customers (id); PRAGMA user_version = 1; PRAGMA application_id = 5'],
] as const) {
  test(`the database of ${name} is left as it is, memory takes over`, async (t) => {
    const home = folder(t)
    const path = join(home, 'metrics.db')
    const connection = engineOf('auto').connect(path)
    connection.exec(sql)
    connection.close()
    const before = readFileSync(path)
    const opened = await open(path)
    await works(opened, 'memory-fallback', opened.standing())
    assert.deepEqual(readFileSync(path), before)
    assert.deepEqual(readdirSync(home), ['metrics.db'])
  })
}

test('a removed file is noticed at the next put, which is rejected once; then a fresh file takes all', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const { driver, standing } = await open(path)
  await driver.put(put)
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
  await assert.rejects(async () => driver.put(put), coded('storage_failed'))
  assert.match(standing().problem ?? '', /removed or replaced/)
  await driver.put(put)
  const other = sqlite(path)
  await other.open()
  assert.equal((await boxesOf(other)).length, 1)
  assert.equal((await all(other.names())).length, 1)
  await other.close()
  await driver.close()
})

test('a replaced file is noticed, and written to', async (t) => {
  const home = folder(t)
  const path = join(home, 'metrics.db')
  await works2(join(home, 'other.db'), {})
  const { driver } = await open(path)
  await driver.put(batch({ events: [event(1), event(2)] }))
  renameSync(path, join(home, 'old.db'))
  for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true })
  renameSync(join(home, 'other.db'), path)
  await assert.rejects(async () => driver.put(batch({ events: [event(3)] })), coded('storage_failed'))
  await driver.put(batch({ events: [event(3)] }))
  assert.deepEqual(
    (await eventsOf(driver)).map(({ number }) => number),
    [3, 1]
  )
  await driver.close()
})

test('a full disk rejects, loses nothing that was kept, and recovers when there is room', async (t) => {
  const { path } = disk(t, '4m')
  const ballast = join(path, 'ballast')
  writeFileSync(ballast, bytes(2_500_000))
  const driver = sqlite(join(path, 'metrics.db'))
  await driver.open()
  let kept = 0
  const next = () =>
    batch({ events: [event(kept + 1)], boxes: [box(START + kept * MINUTE, { detail: bytes(50_000) })] })
  await assert.rejects(async () => {
    for (; kept < 500; kept++) await driver.put(next())
  }, coded('storage_full'))
  assert.ok(kept > 0)
  assert.equal((await eventsOf(driver)).length, kept)
  await assert.rejects(async () => driver.put(next()), coded('storage_full'))
  rmSync(ballast)
  await driver.put(next())
  assert.equal((await boxesOf(driver)).length, kept + 1)
  await driver.close()
})

test('a disk that is full from the start is tried again at each put', async (t) => {
  const { path } = disk(t, '1m')
  const ballast = join(path, 'ballast')
  writeFileSync(ballast, bytes(1_000_000))
  const { driver, standing } = await open(join(path, 'metrics.db'))
  assert.equal(standing().mode, 'disk')
  assert.match(standing().problem ?? '', /full/)
  await assert.rejects(async () => driver.put(put), coded('storage_full'))
  rmSync(ballast)
  await driver.put(put)
  assert.doesNotMatch(standing().problem ?? '', /full/)
  await driver.close()
})

async function locked(path: string, patience: number, held: number, use: (driver: StorageDriver) => Promise<void>) {
  await works2(path, {})
  const driver = sqlite(path, { patience })
  await driver.open()
  await use(driver)
  await driver.close()
  return held
}

test('a lock of another process is waited for', async (t) => {
  const path = join(folder(t), 'metrics.db')
  await locked(path, 5_000, 700, async (driver) => {
    const holder = child(t, ['hold', path, '700'])
    await holder.until((line) => line === 'held')
    const turns = setInterval(() => longest.push(performance.now()), 5)
    const longest: number[] = [performance.now()]
    await driver.put(batch({ events: [event(2)] }))
    clearInterval(turns)
    const stalls = longest.map((time, index) => time - (longest[index - 1] ?? time))
    assert.ok(Math.max(...stalls) < 500, `this thread stood still for ${Math.max(...stalls)} ms`)
    assert.equal((await eventsOf(driver)).length, 2)
    await holder.ended
  })
})

test('a lock held for too long is told as busy, and the same put works later', async (t) => {
  const path = join(folder(t), 'metrics.db')
  await locked(path, 100, 500, async (driver) => {
    const holder = child(t, ['hold', path, '500'])
    await holder.until((line) => line === 'held')
    await assert.rejects(async () => driver.put(batch({ events: [event(2)] })), coded('storage_busy'))
    await holder.ended
    await driver.put(batch({ events: [event(2)] }))
    assert.equal((await eventsOf(driver)).length, 2)
  })
})

test('a start while another process holds the lock goes on once it is free', async (t) => {
  const path = join(folder(t), 'metrics.db')
  await works2(path, {})
  const holder = child(t, ['hold', path, '400'])
  await holder.until((line) => line === 'held')
  const opened = await open(path, { patience: 100 })
  assert.equal(opened.standing().mode, 'disk')
  assert.match(opened.standing().problem ?? '', /locked/)
  await holder.ended
  await works(opened, 'disk', opened.standing())
})

test('the log stays small while a long read goes on', async (t) => {
  const path = join(folder(t), 'metrics.db')
  await filled(path)
  const reader = sqlite(path)
  const writer = sqlite(path)
  await reader.open()
  await writer.open()
  let longest = 0
  let seen = 0
  for await (const _ of reader.events({})) {
    if (++seen % 50 !== 0) continue
    for (let time = 0; time < 10; time++) {
      await writer.put(batch({ boxes: [box(START, { detail: bytes(80_000, seen + time) })] }))
    }
    longest = Math.max(longest, statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
  }
  assert.equal(seen, 1_000)
  assert.ok(longest < 6_000_000, `${longest} bytes of log for ${20 * 10 * 80_000} written`)
  await reader.close()
  await writer.close()
  assert.equal(existsSync(`${path}-wal`), false)
})

test('pruning gives space back to the file system', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const driver = sqlite(path)
  await driver.open()
  for (let minute = 0; minute < 200; minute++) {
    await driver.put(batch({ boxes: [box(START + minute * MINUTE, { detail: bytes(100_000) })] }))
  }
  const before = await driver.size()
  assert.equal(await driver.prune('open', START + 190 * MINUTE), 190)
  const after = await driver.size()
  // The log is among them until the file is closed.
  assert.ok(after.bytes < before.bytes / 3, `${before.bytes} → ${after.bytes} in use`)
  await driver.close()
  assert.ok(statSync(path).size < before.bytes / 2, `${before.bytes} → ${statSync(path).size} on disk`)
})
