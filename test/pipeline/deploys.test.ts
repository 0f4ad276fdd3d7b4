import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deployed, Overflowed } from '../../src/core/notes.ts'
import { OVERFLOWS, readOverflows } from '../../src/core/notes.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { Deploys } from '../../src/pipeline/deploys.ts'
import { Overflows } from '../../src/pipeline/overflows.ts'
import { eventsOf } from '../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'

async function setUp() {
  const driver = memory()
  await driver.open()
  let started = 0
  /** Another process that says, or finds, what it runs. */
  const start = (...told: (readonly [release: string, time: number, said?: boolean])[]): Deploys => {
    const waiting = told.map(([release, time, said = false]): Deployed => ({ release, time, said }))
    return new Deploys({ store: driver as never, waiting, instance: `host-${++started}`, labels: { service: 'shop' } })
  }
  const marks = async () => (await eventsOf(driver)).map(({ name, time }) => [name, time]).reverse()
  return { driver, start, marks }
}

test('many processes of one release make one mark, and so do their restarts', async () => {
  const { driver, start, marks } = await setUp()
  await Promise.all(Array.from({ length: 8 }, (_, i) => start(['v1', i]).settle()))
  for (let i = 0; i < 3; i++) await start(['v1', HOUR + i]).settle()
  assert.deepEqual((await marks()).length, 1)
  const [event] = await eventsOf(driver)
  assert.equal(event?.kind, 'deploy')
  assert.deepEqual(event?.labels, { service: 'shop' })
  assert.deepEqual([event?.fields['release'], event?.fields['automatic']], ['v1', true])
})

test('a new release is a mark; a process of the old one that starts late is none', async () => {
  const { start, marks } = await setUp()
  for (const [release, time] of [
    ['v1', 1],
    ['v2', 2],
    ['v1', 3],
    ['v2', 4],
    ['v3', 5],
  ] as const)
    await start([release, time]).settle()
  assert.deepEqual(await marks(), [
    ['v1', 1],
    ['v2', 2],
    ['v3', 5],
  ])
})

test('an app that says so goes back to an old release; in all of its processes that is one mark', async () => {
  const { start, marks } = await setUp()
  for (const [release, time] of [
    ['v1', 1],
    ['v2', 10],
    ['v1', 20],
    ['v1', 22],
    ['v1', 19],
  ] as const)
    await start([release, time, true]).settle()
  assert.deepEqual(await marks(), [
    ['v1', 1],
    ['v2', 10],
    ['v1', 20],
  ])
})

test('processes of several releases that race make one mark each', async () => {
  const { start, marks } = await setUp()
  await Promise.all(Array.from({ length: 12 }, (_, i) => start([`v${i % 3}`, i]).settle()))
  assert.equal((await marks()).length, 3)
  assert.deepEqual(new Set((await marks()).map(([name]) => name)), new Set(['v0', 'v1', 'v2']))
})

/** The driver, with one method that fails so often. */
function failing(driver: StorageDriver, method: 'get' | 'put' | 'swap', times: number): StorageDriver {
  let left = times
  return new Proxy(driver, {
    get(target, name) {
      const work = (target[name as 'get'] as (...args: unknown[]) => unknown).bind(target)
      return (...args: unknown[]) => (name === method && left-- > 0 ? Promise.reject(new Error('gone')) : work(...args))
    },
  })
}

for (const method of ['get', 'put', 'swap'] as const) {
  test(`a mark is neither lost nor made twice when ${method} fails, also not by who dies then`, async () => {
    const { driver, start, marks } = await setUp()
    const broken = failing(driver, method, 2)
    const waiting: Deployed[] = [{ release: 'v1', time: 1, said: true }]
    const deploys = new Deploys({ store: broken as never, waiting, instance: 'h', labels: {} })
    await assert.rejects(deploys.settle(), /gone/)
    await assert.rejects(deploys.settle(), /gone/)
    assert.equal(waiting.length, 1)
    await start(['v1', 5, true]).settle()
    await deploys.settle()
    assert.equal(waiting.length, 0)
    assert.equal((await marks()).length, 1)
  })
}

test('a document that is none is begun anew, and who always loses gives up until the next time', async () => {
  const { driver, start, marks } = await setUp()
  await driver.swap('deploys', undefined, 'no json')
  await start(['v1', 1]).settle()
  assert.equal((await marks()).length, 1)
  const losing = { get: () => undefined, put: () => undefined, swap: () => false }
  const waiting: Deployed[] = [{ release: 'v2', time: 1, said: false }]
  await assert.rejects(new Deploys({ store: losing as never, waiting, instance: 'h', labels: {} }).settle(), /v2/)
  await assert.rejects(
    new Overflows(losing, [{ metric: 'm', label: 'l', time: 1 }]).settle(),
    /overflows were not kept/
  )
})

test('which label overflowed is remembered from the first time on, over processes', async () => {
  const { driver } = await setUp()
  const settle = (...waiting: Overflowed[]) => new Overflows(driver, waiting).settle()
  await settle()
  assert.equal(await driver.get(OVERFLOWS), undefined)
  await settle({ metric: 'revenue', label: 'user_id', time: 10 })
  await Promise.all([
    settle({ metric: 'revenue', label: 'plan', time: 5 * HOUR }, { metric: '__proto__', label: 'x', time: 1 }),
    settle({ metric: 'visits', label: 'page', time: 7 }),
  ])
  const known = readOverflows(await driver.get(OVERFLOWS))
  assert.deepEqual(known.get('revenue'), { label: 'user_id', since: 10, seen: 5 * HOUR })
  assert.equal(known.get('visits')?.label, 'page')
  assert.equal(known.get('__proto__')?.label, 'x')
})

test('an overflow that nobody has seen for weeks begins anew', async () => {
  const { driver } = await setUp()
  const settle = (label: string, time: number) => new Overflows(driver, [{ metric: 'm', label, time }]).settle()
  await settle('user_id', 1)
  await settle('user_id', 30 * DAY)
  await settle('order_id', 70 * DAY)
  assert.deepEqual(readOverflows(await driver.get(OVERFLOWS)).get('m'), {
    label: 'order_id',
    since: 70 * DAY,
    seen: 70 * DAY,
  })
})
