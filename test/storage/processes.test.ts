import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boxesOf, eventsOf } from '../../src/storage/cases/ground.ts'
import { type SqliteOptions, sqlite } from '../../src/storage/sqlite.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import { type Child, child, folder } from './place.ts'

const lastKept = ({ lines }: Child): number => Math.max(0, ...lines.map(Number).filter(Number.isFinite))
const faults = ({ lines }: Child): string[] => lines.filter((line) => line !== 'open' && !Number.isFinite(Number(line)))

/** The numbers kept of each writer, oldest first; the file must be sound. */
async function kept(path: string): Promise<Map<string, number[]>> {
  const connection = engineOf('auto').connect(path)
  assert.equal(connection.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
  connection.close()
  const driver = sqlite(path)
  await driver.open()
  const found = new Map<string, number[]>()
  for (const { writer, number } of (await eventsOf(driver)).reverse()) {
    found.set(writer, [...(found.get(writer) ?? []), number])
  }
  assert.equal((await boxesOf(driver)).length, found.size)
  await driver.close()
  return found
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

async function together(t: TestContext, options: SqliteOptions): Promise<void> {
  const path = join(folder(t), 'metrics.db')
  const writers = Array.from({ length: 8 }, (_, index) => `w${index}`)
  const children = writers.map((writer) => child(t, ['write', path, writer, '40', JSON.stringify(options)]))
  await Promise.all(children.map(({ ended }) => ended))
  assert.deepEqual(children.flatMap(faults), [])
  const found = await kept(path)
  for (const writer of writers) assert.deepEqual(found.get(writer), upTo(800))
  assert.equal(existsSync(`${path}-wal`), false)
}

test('eight processes start together on an empty path: one schema, exact numbers, no error', (t) => together(t, {}))

test('the same with a rollback journal', (t) => together(t, { journal: 'rollback' }))

test('processes with WAL and with a rollback journal share one file', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const children = ['auto', 'rollback', 'auto', 'rollback'].map((journal, index) =>
    child(t, ['write', path, `w${index}`, '40', JSON.stringify({ journal })])
  )
  await Promise.all(children.map(({ ended }) => ended))
  assert.deepEqual(children.flatMap(faults), [])
  assert.deepEqual(
    [...(await kept(path)).values()].map((numbers) => numbers.length),
    [800, 800, 800, 800]
  )
})

test('a process killed while it writes loses nothing that was kept, and leaves whole batches', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const acknowledged = new Map<string, number>()
  for (let round = 0; round < 6; round++) {
    const writer = `w${round}`
    const writing = child(t, ['write', path, writer, '100000'])
    await writing.until((line) => Number(line) >= 200 + round * 60)
    writing.process.kill('SIGKILL')
    await writing.ended
    acknowledged.set(writer, lastKept(writing))
  }
  const found = await kept(path)
  for (const [writer, last] of acknowledged) {
    const numbers = found.get(writer) ?? []
    assert.ok(numbers.length >= last, `${writer}: acknowledged ${last}, found ${numbers.length}`)
    assert.ok(numbers.length <= last + 40 && numbers.length % 20 === 0, `${writer}: ${numbers.length} after ${last}`)
    assert.deepEqual(numbers, upTo(numbers.length))
  }
})

/** Runs a writer whose system calls fail as told; answers how it went. */
async function injected(t: TestContext, path: string, fault: string): Promise<Child> {
  const calls = fault.split(':')[0] ?? ''
  const tracer = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', path, '-P', `${path}-wal`, '-e', `trace=${calls}`]
  const writing = child(t, ['write', path, 'w', '40', '{}', '200'], [...tracer, '-e', `inject=${fault}`])
  await writing.ended
  return writing
}

test('a tracer is here to inject faults', () => {
  assert.equal(spawnSync('strace', ['-V']).status, 0, 'install strace')
})

for (const [name, calls, error, places] of [
  ['a write that fails', 'pwrite64', 'EIO', [1, 2, 3, 7, 20, 45]],
  ['a write without room', 'pwrite64', 'ENOSPC', [2, 30]],
  ['a sync that fails', 'fsync,fdatasync', 'EIO', [1, 2, 3]],
] as const) {
  test(`${name} is told, the batch goes in at the next try, the file stays sound`, async (t) => {
    const runs = places.map(async (place) => {
      const path = join(folder(t), 'metrics.db')
      const writing = await injected(t, path, `${calls}:error=${error}:when=${place}`)
      assert.equal(lastKept(writing), 800, `call ${place}: ${faults(writing).join(', ')}`)
      assert.deepEqual((await kept(path)).get('w'), upTo(800))
      return faults(writing).length
    })
    const told = await Promise.all(runs)
    assert.ok(
      told.some((count) => count > 0),
      'no fault was ever injected'
    )
  })
}

test('a disk that fails for a while is told for that while, then all goes in', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const writing = await injected(t, path, 'pwrite64:error=EIO:when=30..60')
  assert.ok(faults(writing).length > 3, `only ${faults(writing).length} faults`)
  assert.deepEqual((await kept(path)).get('w'), upTo(800))
})

test('the log is small after eight thousand events and many boxes', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const writing = child(t, ['write', path, 'w', '400'])
  await writing.until((line) => Number(line) >= 7_000)
  const { size } = statSync(`${path}-wal`, { throwIfNoEntry: false }) ?? { size: 0 }
  assert.ok(size < 8_000_000, `${size} bytes`)
  await writing.ended
})
