import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY } from '../../../src/core/time.ts'
import { MetricsError } from '../../../src/errors.ts'
import { MINUTE, START, all, batch, box, bytes, event, eventsOf } from '../../../src/storage/cases/ground.ts'
import { type RedisDriver, redis } from '../../../src/storage/redis.ts'
import { type Redis, startRedis } from '../../servers/redis.ts'

let server: Redis
let stores = 0
let prefix = ''
before(async () => {
  server = await startRedis()
})
after(() => server.end())

async function opened(): Promise<RedisDriver> {
  prefix = `puts-${++stores}`
  const driver = redis(server.url, { prefix, timeout: 5_000 }) as RedisDriver
  await driver.open()
  return driver
}

test('a run of events of which some were kept before is kept from there on, and found by its own kinds and times', async () => {
  const driver = await opened()
  const run = [
    event(1, { kind: 'old', time: START - DAY }),
    event(2, { kind: 'old', time: START + 5 }),
    event(3, { kind: 'new', time: START + 9 }),
    event(4, { kind: '', time: START + 7 }),
  ]
  await driver.put(batch({ events: run.slice(0, 2) }))
  await driver.put(batch({ events: run }))
  assert.deepEqual(
    (await eventsOf(driver)).map(({ number }) => number),
    [4, 3, 2, 1]
  )
  const chunks = server.cli('zrange', `{${prefix}}:event-ids`, '0', '-1').split('\n')
  assert.deepEqual(chunks, [
    `${START + 1} 2 ${START - DAY} ${START + 5} old`,
    `${START + 3} 2 ${START + 7} ${START + 9} new,`,
  ])
  assert.equal((await all(driver.events({ kinds: [''] }))).length, 1)
  assert.equal(await driver.prune('events', START + 8), 3)
  await driver.close()
})

test('runs of several writers in one batch keep their order, and what goes back in number is left out', async () => {
  const driver = await opened()
  const [a, b] = [{ writer: 'a' }, { writer: 'b' }]
  await driver.put(batch({ events: [event(1, a), event(1, b), event(2, a), event(2, a), event(1, a), event(3, a)] }))
  assert.deepEqual(
    (await eventsOf(driver)).map(({ id, writer, number }) => `${id - START} ${writer}${number}`),
    ['4 a3', '3 a2', '2 b1', '1 a1']
  )
  await driver.close()
})

test('each key that a put makes ends by itself', async () => {
  const driver = await opened()
  const names = [{ id: '00000000000000a0', text: '{"metric":"x"}' }]
  await driver.put(batch({ boxes: [box(START)] }))
  await driver.claim(['a'], 'w1', START)
  await driver.put(batch({ boxes: [box(START)], events: [event(1)], names, claims: { owner: 'w1', ids: ['a'] } }))
  await driver.trim(0)
  await driver.put(batch({ boxes: [box(START)], events: [event(2)] }))
  const keys = server.cli('keys', `{${prefix}}*`).split('\n')
  assert.equal(keys.length, 11)
  for (const key of keys) assert.ok(Number(server.cli('pttl', key)) > DAY, key)
  await driver.close()
})

test('keys of another program where events would be are left as they are, and nothing of the batch is kept', async () => {
  for (const key of ['events', 'event-ids', 'event-times']) {
    const driver = await opened()
    server.cli('set', `{${prefix}}:${key}`, 'theirs')
    await assert.rejects(driver.put(batch({ boxes: [box(START)], events: [event(1)] })), /another program/)
    assert.equal(server.cli('get', `{${prefix}}:${key}`), 'theirs')
    assert.equal(await driver.prune('open', START + MINUTE), 0)
    await driver.close()
  }
})

test('a layout of a version to come is not written to by a connection that was open before it', async () => {
  const driver = await opened()
  await driver.put(batch({ boxes: [box(START)] }))
  server.cli('hset', `{${prefix}}:meta`, 'version', '99', 'generation', 'later')
  await assert.rejects(
    driver.put(batch({ boxes: [box(START + MINUTE)] })),
    (error) => error instanceof MetricsError && error.code === 'storage_newer'
  )
  assert.equal((await all(driver.boxes({ tier: '1m', which: 'open', from: 0, to: Infinity, detail: true }))).length, 1)
  await driver.close()
})

test('open boxes take what is in them now, however often they were put; of very many some are measured', async () => {
  const driver = await opened()
  const openBytes = async (): Promise<number> => (await driver.size()).tiers?.['open'] ?? 0
  await driver.put(batch({ boxes: [box(START, { numbers: bytes(100), detail: bytes(50) })] }))
  await driver.put(batch({ boxes: [box(START, { numbers: bytes(300), detail: bytes(100) })] }))
  assert.equal(await openBytes(), 400)
  await driver.put(batch({ boxes: [box(START, { numbers: bytes(300) })] }))
  assert.equal(await openBytes(), 300)
  const boxes = Array.from({ length: 900 }, (_, index) => box(START, { writer: `w${index}`, numbers: bytes(200) }))
  await driver.put(batch({ boxes }))
  assert.ok(Math.abs((await openBytes()) - 180_000) < 1_000)
  assert.equal(await driver.prune('open', START + MINUTE), 900)
  assert.equal(await openBytes(), 0)
  await driver.close()
})
