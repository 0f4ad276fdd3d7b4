import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MetricsError } from '../../../src/errors.ts'
import { MINUTE, START, batch, box, boxesOf, bytes, event, eventsOf } from '../../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { type RedisDriver, redis } from '../../../src/storage/redis.ts'
import { type Redis, startCluster, startSentinel, until } from '../../servers/redis.ts'

/** Puts as a flusher does: what failed is put again, with what has come since. */
async function puts(driver: StorageDriver, isOver: () => boolean): Promise<{ count: number; faults: MetricsError[] }> {
  const faults: MetricsError[] = []
  let kept = 0
  let count = 0
  while (!isOver() || kept < count) {
    count++
    const events = Array.from({ length: count - kept }, (_, index) => event(kept + index + 1))
    const boxes = [box(START + (count % 50) * MINUTE, { numbers: bytes(20, count) })]
    try {
      await driver.put(batch({ boxes, events, names: [{ id: count.toString(16).padStart(16, '0'), text: '{}' }] }))
      kept = count
    } catch (error) {
      assert.ok(error instanceof MetricsError, String(error))
      faults.push(error)
      await pause(20)
    }
  }
  return { count, faults }
}

async function isExact(driver: StorageDriver, count: number): Promise<void> {
  const numbers = (await eventsOf(driver)).map(({ number }) => number)
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, index) => count - index)
  )
  const [newest] = (await boxesOf(driver)).filter(({ start }) => start === START + (count % 50) * MINUTE)
  assert.deepEqual([...(newest?.numbers ?? [])], [...bytes(20, count)])
}

test('R21: while the slot of a store moves to another node and to a third, nothing is lost or doubled', async (t) => {
  const cluster = await startCluster()
  t.after(() => cluster.end())
  const prefix = 'moving'
  const driver = redis(cluster.url, { prefix }) as RedisDriver
  await driver.open()
  t.after(() => driver.close())
  const first = cluster.ownerOf(`{${prefix}}`)
  let moved = false
  const writing = puts(driver, () => moved)
  for (let round = 0; round < 2; round++) {
    await pause(100)
    await cluster.move(`{${prefix}}`, () => pause(30))
    if (round === 0) assert.notEqual(cluster.ownerOf(`{${prefix}}`).port, first.port)
  }
  moved = true
  await isExact(driver, (await writing).count)
  assert.equal(cluster.ownerOf(`{${prefix}}`).cli('exists', `{${prefix}}:meta`), '1')
  assert.equal(await driver.incomplete(), undefined)
})

const offset = (server: Redis): string | undefined =>
  /master_repl_offset:(\d+)/.exec(server.cli('info', 'replication'))?.[1]

test('Sentinel is asked for the primary, and again when it has chosen another', async (t) => {
  const watched = await startSentinel()
  t.after(() => watched.end())
  const driver = redis(watched.url, { prefix: 'watched', timeout: 600 })
  await driver.open()
  t.after(() => driver.close())
  await driver.put(batch({ boxes: [box(START, { writer: 'before' })] }))
  // What was not copied yet is lost with the primary, here as everywhere.
  await until(() => offset(watched.replica) === offset(watched.primary))
  await watched.primary.kill()
  let count = 0
  const end = performance.now() + 15_000
  const { faults } = await puts(driver, () => count++ > 0 || performance.now() > end)
  assert.ok(faults.length > 0)
  assert.equal(
    (await boxesOf(driver)).some(({ writer }) => writer === 'before'),
    true
  )
  assert.match(watched.replica.cli('info', 'replication'), /role:master/)
})
