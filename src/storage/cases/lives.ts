import assert from 'node:assert/strict'
import { MetricsError } from '../../errors.ts'
import {
  type Bench,
  type Case,
  MINUTE,
  START,
  all,
  batch,
  box,
  boxesOf,
  bytes,
  event,
  eventsOf,
  sameBox,
} from './ground.ts'

const NAMES = [
  { id: '0000000000000001', text: '{"metric":"revenue","kind":"counter"}' },
  { id: 'ffffffffffffffff', text: '{"labels":{"plan":"\\u0000 ü 日本 \'"}}' },
  { id: '00000000000000a0', text: '{"labels":{}}' },
]
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

async function empty({ one }: Bench): Promise<void> {
  assert.deepEqual(await boxesOf(one), [])
  assert.deepEqual(await eventsOf(one), [])
  assert.deepEqual(await all(one.names()), [])
  assert.deepEqual(await all(one.names(['0000000000000001'])), [])
  assert.equal(await one.get('anything'), undefined)
  assert.equal((await one.size()).events, 0)
  assert.equal(await one.prune('1m', START), 0)
  assert.equal(await one.prune('names', START), 0)
  assert.equal(await one.trim(0), 0)
  assert.equal(await one.seal([], []), true)
  await one.put(batch({}))
}

async function openTwice({ one }: Bench): Promise<void> {
  await one.put(batch({ boxes: [box(START)] }))
  await one.open()
  assert.equal((await boxesOf(one)).length, 1)
}

async function names({ one, two }: Bench): Promise<void> {
  for (let time = 0; time < 3; time++) await one.put(batch({ names: NAMES }))
  assert.deepEqual((await all(two.names())).sort(byId), NAMES.toSorted(byId))
  assert.deepEqual(await all(two.names(['ffffffffffffffff', '00000000000000ee'])), [NAMES[1]])
  assert.deepEqual(await all(two.names([])), [])
}

async function namesAreForgotten({ one }: Bench): Promise<void> {
  await one.put(batch({ names: NAMES, time: START }))
  await one.put(batch({ names: NAMES.slice(0, 1), time: START + MINUTE }))
  await one.put(batch({ names: NAMES.slice(0, 1), time: START - MINUTE }))
  assert.equal(await one.prune('names', START), 0)
  assert.equal(await one.prune('names', START + MINUTE), 2)
  assert.deepEqual(await all(one.names()), NAMES.slice(0, 1))
}

async function manyNames({ one }: Bench): Promise<void> {
  const many = Array.from({ length: 3_000 }, (_, index) => ({
    id: index.toString(16).padStart(16, '0'),
    text: `{"labels":{"n":"${index}"}}`,
  }))
  await one.put(batch({ names: many }))
  assert.deepEqual((await all(one.names())).sort(byId), many)
  assert.equal((await all(one.names(many.map(({ id }) => id)))).length, 3_000)
}

async function badPut({ one, two }: Bench): Promise<void> {
  const old = box(START)
  await one.put(batch({ boxes: [old], events: [event(1)] }))
  const broken = { ...event(3) }
  Object.defineProperty(broken, 'labels', {
    enumerable: true,
    get: () => {
      throw new Error('broken half-way')
    },
  })
  const boxes = [box(START, { numbers: bytes(3) }), box(START + MINUTE)]
  await assert.rejects(async () => one.put(batch({ boxes, names: NAMES, events: [event(2), broken] })))
  const found = await boxesOf(two)
  assert.equal(found.length, 1)
  sameBox(found[0], old)
  assert.equal((await all(two.names())).length, 0)
  assert.equal((await eventsOf(two)).length, 1)
  await one.put(batch({ events: [event(2)] }))
  assert.equal((await eventsOf(two)).length, 2)
}

async function closedDuringRead({ one, two }: Bench): Promise<void> {
  const boxes = Array.from({ length: 2_000 }, (_, index) => box(START + index * MINUTE, { writer: '*' }))
  await one.put(batch({ boxes, events: Array.from({ length: 2_000 }, (_, index) => event(index + 1)) }))
  for (const read of [
    () => two.boxes({ tier: '1m', which: 'sealed', from: 0, to: START * 2, detail: true }),
    () => two.events({}),
  ]) {
    await two.open()
    let count = 0
    try {
      for await (const _ of read()) {
        if (++count === 10) await two.close()
      }
      assert.equal(count, 2_000, 'a read ended early without saying so')
    } catch (error) {
      assert.ok(error instanceof MetricsError && error.code === 'closed', String(error))
    }
  }
  assert.equal((await boxesOf(one, { which: 'sealed' })).length, 2_000)
}

async function closedTwice({ one, two }: Bench): Promise<void> {
  await two.close()
  await two.close()
  for (const call of [
    async () => two.put(batch({})),
    async () => two.size(),
    async () => two.get('x'),
    async () => two.swap('x', undefined, 'y'),
    async () => two.seal([], []),
    async () => two.prune('1m', START),
    () => boxesOf(two),
    () => eventsOf(two),
  ]) {
    await assert.rejects(call, (error) => error instanceof MetricsError && error.code === 'closed')
  }
  await one.put(batch({ boxes: [box(START)] }))
}

async function reopened({ one, two, another }: Bench): Promise<void> {
  const put = batch({ boxes: [box(START, { detail: bytes(70_000) })], names: NAMES, events: [event(1), event(2)] })
  await one.put(put)
  await one.swap('key', undefined, 'value')
  await one.close()
  await two.close()
  const three = await another()
  sameBox((await boxesOf(three))[0], put.boxes[0] ?? box(0))
  assert.equal((await all(three.names())).length, 3)
  assert.equal(await three.get('key'), 'value')
  await three.put(put)
  assert.deepEqual(
    (await eventsOf(three)).map(({ number }) => number),
    [2, 1]
  )
}

async function future({ one, two, ground }: Bench): Promise<void> {
  await one.put(batch({ boxes: [box(START)] }))
  await one.close()
  await two.close()
  await ground.future?.()
  const before = await ground.fingerprint?.()
  const late = await ground.connect()
  await assert.rejects(
    async () => late.open(),
    (error) => error instanceof MetricsError && error.code === 'storage_newer'
  )
  await late.close()
  assert.deepEqual(await ground.fingerprint?.(), before)
}

async function unreachable({ ground }: Bench): Promise<void> {
  const { driver, within } = ground.unreachable?.() ?? assert.fail()
  const started = performance.now()
  await assert.rejects(async () => {
    await driver.open()
    await driver.put(batch({ boxes: [box(START)] }))
  }, MetricsError)
  assert.ok(performance.now() - started < within, `took ${performance.now() - started} ms`)
  await driver.close()
}

/** Opening and closing, names, and what goes wrong. */
export const lifeCases: readonly Case[] = [
  { name: 'an empty store answers with nothing', run: empty },
  { name: 'opening twice is harmless', run: openTwice },
  { name: 'names are put twice harmlessly and found by id', run: names },
  { name: 'names last seen long ago are forgotten, and only those', run: namesAreForgotten },
  { name: 'thousands of names come back', run: manyNames },
  { name: 'a put that fails half-way leaves nothing', run: badPut },
  { name: 'a read during which the driver closes says so', run: closedDuringRead },
  { name: 'a closed driver closes again, and rejects the rest as closed', run: closedTwice },
  { name: 'reopening keeps all', needs: 'durable', run: reopened },
  {
    name: 'a store of a version to come is left untouched',
    needs: 'future',
    run: future,
  },
  {
    name: 'an unreachable store rejects in time',
    needs: 'unreachable',
    run: unreachable,
  },
]
