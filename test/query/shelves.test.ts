import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { Shelves } from '../../src/query/shelves.ts'
import type { Box, BoxSelector, StorageDriver } from '../../src/storage/driver.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { boxOf, type Definition, type Observation, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }
const QUERY = 'metric=sales&from=3d&agg=p95,sum,count&group_by=day,plan'
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-shelves-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function sales(count: number, value: number, from: number = NOW): Observation[] {
  return Array.from({ length: count }, (_, i) => ({
    metric: SALES,
    labels: { plan: i % 2 ? 'pro' : 'free' },
    value: value + i,
    at: from - i * 7 * MINUTE,
  }))
}

/** A file with three days of sales; the driver writes down which sealed boxes are read. */
async function stored(
  name: string
): Promise<{ driver: StorageDriver; world: World; seen: BoxSelector[]; path: string }> {
  const path = join(folder, name)
  const driver = sqlite(path)
  await driver.open()
  const world = new World(driver)
  await world.put('one', sales(500, 10))
  await world.seal(NOW)
  const seen: BoxSelector[] = []
  return { driver, world: new World(watched(driver, seen)), seen, path }
}

function watched(driver: StorageDriver, seen: BoxSelector[]): StorageDriver {
  function boxes(selector: BoxSelector): AsyncIterable<Box> {
    if (selector.which === 'sealed') seen.push(selector)
    return driver.boxes(selector)
  }
  return new Proxy(driver, {
    get(target, key) {
      const value: unknown = key === 'boxes' ? boxes : Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** What nobody remembers anything for. */
function plainly(driver: StorageDriver, query: string = QUERY): Promise<unknown> {
  return new World(driver, 'UTC', undefined, false).ask(query, NOW)
}

test('sealed boxes of a file are read once, as long as nothing seals', async () => {
  const { driver, world, seen } = await stored('once.db')
  const first = await world.ask(QUERY, NOW)
  assert.ok(seen.length > 0)
  seen.length = 0
  assert.deepEqual(await world.ask(QUERY, NOW), first)
  await driver.put({ boxes: [boxOf('two', NOW - (NOW % MINUTE), sales(1, 99), false)], names: [], events: [], time: 0 })
  assert.deepEqual(await world.ask(QUERY, NOW), await plainly(driver), 'what is open is no matter')
  assert.equal(seen.length, 0)
  await driver.close()
})

test('what this process seals, replaces and deletes is in the next answer', async () => {
  const { driver, world } = await stored('own.db')
  await world.ask(QUERY, NOW)
  const steps = [
    () => world.put('late', sales(3, 1_000, NOW - 20 * HOUR)),
    () => world.seal(NOW),
    () => world.seal(NOW + HOUR),
    () =>
      driver.put({ boxes: [{ ...boxOf('x', NOW - 2 * DAY, [], true), writer: '*' }], names: [], events: [], time: 0 }),
    () => driver.prune('1d', NOW - DAY),
    () => driver.prune('1h', NOW - DAY),
    () => driver.prune('15m', NOW),
  ]
  for (const [at, step] of steps.entries()) {
    await step()
    assert.deepEqual(await world.ask(QUERY, NOW), await plainly(driver), `step ${at}`)
  }
  await driver.close()
})

test('what another process seals or deletes is in the next answer', async () => {
  const { driver, world, path } = await stored('other.db')
  const other = sqlite(path)
  await other.open()
  const there = new World(other)
  await world.ask(QUERY, NOW)
  for (let late = 1; late <= 4; late++) {
    await there.put(`late${late}`, sales(3, 1_000 * late, NOW - late * 11 * HOUR))
    assert.deepEqual(await world.ask(QUERY, NOW), await plainly(other), 'open')
    await there.seal(NOW)
    assert.deepEqual(await world.ask(QUERY, NOW), await plainly(other), 'sealed')
  }
  await other.prune('1d', NOW)
  assert.deepEqual(await world.ask(QUERY, NOW), await plainly(other), 'deleted')
  await Promise.all([other.close(), driver.close()])
})

test('a file that was removed and begun anew has nothing of the old one', async () => {
  const { driver, world, path } = await stored('removed.db')
  await world.ask(QUERY, NOW)
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  await assert.rejects(world.put('two', sales(1, 5)))
  await world.put('two', sales(1, 5))
  assert.deepEqual(await world.ask(QUERY, NOW), await plainly(driver))
  await driver.close()
})

test('where a driver does not say what has changed, and of readings that are too long, nothing is kept', async () => {
  const seen: BoxSelector[] = []
  async function* one(selector: BoxSelector): AsyncGenerator<Box> {
    seen.push(selector)
    yield boxOf('*', NOW, sales(1, 1), true)
  }
  const silent = new Shelves({ boxes: one } as unknown as StorageDriver)
  for (let round = 1; round <= 2; round++) {
    await silent.look()
    for await (const { numbers } of silent.boxes('15m', 0, NOW)) assert.ok(numbers.length > 0)
    assert.equal(seen.length, round)
  }
  const large = { numbers: new Uint8Array(3_000_000) }
  const { numbers } = boxOf('*', NOW, sales(1, 1), true)
  large.numbers.set(numbers)
  async function* two(selector: BoxSelector): AsyncGenerator<Box> {
    seen.push(selector)
    for (const start of [0, 1]) yield { ...boxOf('*', start, [], true), ...large }
  }
  const wide = new Shelves({ boxes: two, version: () => '1' } as unknown as StorageDriver)
  seen.length = 0
  for (let round = 1; round <= 2; round++) {
    await wide.look()
    for await (const { box } of wide.boxes('1d', 0, NOW)) assert.ok(box.final)
    assert.equal(seen.length, round)
  }
})

test('what was begun to be read before a change is not kept beyond it', async () => {
  let version = '1'
  let reads = 0
  async function* one(): AsyncGenerator<Box> {
    reads++
    yield boxOf('*', NOW, sales(1, 1), true)
  }
  const shelves = new Shelves({ boxes: one, version: () => version } as unknown as StorageDriver)
  await shelves.look()
  for await (const _ of shelves.boxes('1d', 0, NOW)) {
    version = '2'
    await shelves.look()
  }
  for await (const { box } of shelves.boxes('1d', 0, NOW)) assert.ok(box.final)
  assert.equal(reads, 2)
})

test('of many readings those asked for last are kept', async () => {
  const reads: number[] = []
  async function* large({ to }: BoxSelector): AsyncGenerator<Box> {
    reads.push(to)
    const box = boxOf('*', NOW, sales(1, 1), true)
    const numbers = new Uint8Array(3_000_000)
    numbers.set(box.numbers)
    yield { ...box, numbers }
  }
  const shelves = new Shelves({ boxes: large, version: () => 'same' } as unknown as StorageDriver)
  for (const to of [1, 2, 1, 3, 1, 2]) {
    await shelves.look()
    for await (const { box } of shelves.boxes('1d', 0, to)) assert.ok(box.final)
  }
  assert.deepEqual(reads, [1, 2, 3, 2])
})
