import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Code, MetricsError } from '../../src/errors.ts'
import { Metrics } from '../../src/index.ts'
import { batch, box, boxesOf, bytes, event, eventsOf, START } from '../../src/storage/cases/ground.ts'
import { connect } from '../../src/storage/open.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import type { Standing } from '../../src/storage/store.ts'
import { CHILD, disk, folder } from './place.ts'

const NOBODY = 65_534
const coded = (code: Code) => (error: unknown) => error instanceof MetricsError && error.code === code
const put = (number: number) => batch({ boxes: [box(START + number * 60_000)], events: [event(number)] })

for (const [what, make] of [
  ['a link to itself', (path: string) => symlinkSync(path, path)],
  ['a link to nowhere', (path: string) => symlinkSync('/nowhere/at/all.db', path)],
  ['a queue', (path: string) => void execFileSync('mkfifo', [path])],
  ['a folder', (path: string) => mkdirSync(path)],
] as const) {
  test(`R1: ${what} at the path is left alone, memory takes over with one line`, async (t) => {
    const path = join(folder(t), 'metrics.db')
    make(path)
    const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
    await driver.put(put(1))
    assert.equal(standing().mode, 'memory-fallback')
    assert.match(standing().problem ?? '', /metrics\.db.*in memory until the next start; [a-z ]+/)
    assert.equal(readdirSync(join(path, '..')).length, 1)
  })
}

test('R1: a path that can never be, or that keeps nothing, is told as such', async (t) => {
  for (const path of ['/dev/null', '/dev/full', join(folder(t), `${'x'.repeat(300)}.db`)]) {
    const { standing } = await connect({ kind: 'sqlite', path, options: {} })
    assert.equal(standing().mode, 'memory-fallback', path)
  }
})

/** How a file stands for an app that is somebody; under `before`, a tracer, if given. */
function standingOf(path: string, user: number, before: readonly string[] = []): Standing {
  const [command, ...args] = [...before, process.execPath, CHILD, 'stand', path, `${user}`]
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Standing
}

test('R1: whoever may not write there gets memory, and what is there is left as it is', (t) => {
  const home = folder(t)
  const path = join(home, 'metrics.db')
  chmodSync(home, 0o755)
  assert.equal(standingOf(path, NOBODY).mode, 'memory-fallback')
  assert.deepEqual(readdirSync(home), [])
  chmodSync(home, 0o777)
  assert.equal(standingOf(path, 0).mode, 'disk')
  const before = readFileSync(path)
  for (const mode of [0o644, 0o600]) {
    chmodSync(path, mode)
    const standing = standingOf(path, NOBODY)
    assert.equal(standing.mode, 'memory-fallback')
    assert.match(
      standing.problem ?? '',
      /may not read and write.*make the file, its folder and its file system writable/
    )
  }
  assert.deepEqual(readFileSync(path), before)
  // Not even companions that the others could not use.
  assert.deepEqual(readdirSync(home), ['metrics.db'])
})

test('R5: garbage that cannot be set aside is left as it is', (t) => {
  const home = folder(t)
  const path = join(home, 'metrics.db')
  writeFileSync(path, bytes(5_000))
  chownSync(path, NOBODY, NOBODY)
  chmodSync(home, 0o755)
  const standing = standingOf(path, NOBODY)
  assert.equal(standing.mode, 'memory-fallback')
  assert.match(standing.problem ?? '', /damaged and cannot be set aside.*move it away yourself/)
  assert.deepEqual(readFileSync(path), Buffer.from(bytes(5_000)))
})

for (const [name, magic] of [
  ['NFS', '6969000000000000'],
  ['SMB', '424d53fe00000000'],
  ['FUSE', '4655736500000000'],
] as const) {
  test(`a file on ${name} gets a rollback journal and a line that says so`, (t) => {
    const path = join(folder(t), 'metrics.db')
    // The system itself says that this is such a file system.
    const tracer = [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=statfs',
      '-e',
      `inject=statfs:poke_exit=@arg2=${magic}`,
    ]
    const standing = standingOf(path, 0, tracer)
    assert.equal(standing.mode, 'disk')
    assert.match(standing.problem ?? '', new RegExp(`network file system \\(${name}\\).*put it on a local disk`))
    const connection = engineOf('auto').connect(path)
    assert.notEqual(connection.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
    connection.close()
  })
}

for (const ending of ['-wal', '-shm']) {
  test(`the companion ${ending} removed while the file is open is noticed at the next put, and nothing is lost`, async (t) => {
    const path = join(folder(t), 'metrics.db')
    const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
    for (const number of [1, 2, 3]) await driver.put(put(number))
    rmSync(path + ending)
    await assert.rejects(async () => driver.put(put(4)), coded('storage_failed'))
    assert.match(standing().problem ?? '', new RegExp(`lost its companion ${ending}.*leave the file in place`))
    await driver.put(put(4))
    // Also seen by those who come later, and not only by the one that had it open.
    const other = sqlite(path)
    await other.open()
    assert.deepEqual(
      (await eventsOf(other)).map(({ number }) => number),
      [4, 3, 2, 1]
    )
    await other.close()
    await driver.close()
  })
}

test('a file that is emptied while it is open is noticed at the next put, and begun anew', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
  await driver.put(put(1))
  truncateSync(path, 0)
  await assert.rejects(async () => driver.put(put(2)), coded('storage_failed'))
  assert.match(standing().problem ?? '', /was emptied or written over while it was open/)
  await driver.put(put(2))
  await driver.put(put(3))
  assert.ok((await eventsOf(driver)).length >= 2)
  await driver.close()
})

test('a file that is written over while it is open is noticed; what comes then is kept', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
  await driver.put(put(1))
  writeFileSync(path, 'these are my notes\n'.repeat(50))
  await assert.rejects(async () => driver.put(put(2)), MetricsError)
  assert.match(standing().problem ?? '', /written over|set aside/)
  await driver.put(put(2))
  await driver.close()
  const again = await connect({ kind: 'sqlite', path, options: {} })
  assert.ok((await eventsOf(again.driver)).some(({ number }) => number === 2))
  await again.driver.close()
})

test('tables that somebody has dropped: the file is set aside, and a fresh one begun', async (t) => {
  const home = folder(t)
  const path = join(home, 'metrics.db')
  const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
  await driver.put(put(1))
  const other = engineOf('auto').connect(path)
  other.exec('DROP TABLE boxes')
  other.close()
  await assert.rejects(async () => driver.put(put(2)), coded('storage_corrupt'))
  for (let tries = 0; tries < 3; tries++) await Promise.resolve(driver.put(put(2))).catch(() => undefined)
  assert.equal((await boxesOf(driver)).length, 1)
  assert.match(standing().problem ?? '', /set aside as .*corrupt-/)
  assert.ok(readdirSync(home).some((name) => name.startsWith('metrics.db.corrupt-')))
  await driver.close()
})

test('T1: each trouble of the disk is said once, with what to do, and the app goes on', async (t) => {
  const { path } = disk(t, '1m')
  const lines: string[] = []
  const metrics = new Metrics({
    storage: `sqlite://${path}/metrics.db`,
    flushEvery: '20ms',
    health: false,
    log: (line: string) => lines.push(line),
  })
  assert.equal((await metrics.ready).mode, 'disk')
  writeFileSync(join(path, 'ballast'), bytes(900_000).subarray(0, 600_000))
  for (let round = 0; round < 100; round++) {
    for (let value = 0; value < 200; value++) metrics.track('revenue', 1, { plan: `p${(round * 200 + value) % 900}` })
    await pause(5)
  }
  const full = lines.filter((line) => line.includes('full'))
  assert.equal(full.length, 1, lines.join('\n'))
  assert.match(full[0]!, /free some disk space|room/)
  rmSync(join(path, 'ballast'))
  for (let left = 100; !(await metrics.flush()) && left > 0; left--) await pause(50)
  assert.equal((await metrics.query({ metric: 'revenue', from: '1h' })).total, 20_000)
  await metrics.close()
})
