import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis as Client } from 'ioredis'
import type { Fault, Scene } from '../../../chaos/fault.ts'
import { NETWORK } from '../../../chaos/faults/network.ts'
import { amnesia, emptied, memory, pause, replica, rollback } from '../../../chaos/faults/redis.ts'
import { crash, freeze, restart } from '../../../chaos/faults/server.ts'
import type { Field } from '../../../chaos/field.ts'
import { Random } from '../../../chaos/random.ts'
import { redis, snapshots } from '../../../chaos/stores/redis.ts'

const sceneOf = (field: Field): Scene => ({ field, crew: { hands: [] }, now: () => Date.now() })

const fields: Field[] = []
before(async () => void fields.push(await redis(), await snapshots()))
after(() => Promise.all(fields.map((field) => field.end())))

/** What became of a write while a fault lasted: what the client was told, and whether it was done. */
interface Outcome {
  readonly told: string
  readonly done: boolean
}

let writes = 0

async function during(fault: Fault, field: Field): Promise<Outcome> {
  const client = new Client(field.url, { retryStrategy: () => null, commandTimeout: 600, lazyConnect: true })
  client.on('error', () => undefined)
  await client.connect()
  assert.ok(fault.possible(sceneOf(field)), fault.name)
  const back = await fault.strike(sceneOf(field), new Random(3))
  const key = `write-${++writes}`
  const write = (): Promise<string> =>
    client.eval(`return redis.call('SET', KEYS[1], string.rep('x', 100000))`, 1, key).then(String, String)
  // A server that is nearly full takes the first.
  const told = fault === memory ? await write().then(write) : await write()
  const isLate = ['slow', 'pause'].includes(fault.name)
  const runs = !/freeze|crash|restart/.test(fault.name)
  const done = runs && (await wasDone(field, key, isLate ? 60 : 5))
  client.disconnect()
  await back()
  return { told, done }
}

/** Looked at for as long as a reply may have been given up too early. */
async function wasDone(field: Field, key: string, times: number): Promise<boolean> {
  const client = new Client(field.truth)
  client.on('error', () => undefined)
  let there = 0
  for (let left = times; left > 0 && there === 0; left--) {
    await sleep(50)
    there = await client.exists(key).catch(() => 0)
  }
  client.disconnect()
  return there === 1
}

/** By fault, what a client is told and whether its write was done. */
const EXPECTED: Readonly<Record<string, readonly [told: RegExp, done: boolean]>> = {
  'lost-reply': [/closed|ECONNRESET/, true],
  'no-replies': [/timed out/, true],
  reset: [/closed|ECONNRESET/, false],
  refuse: [/closed|ECONNRESET/, false],
  'black-hole': [/timed out/, false],
  'half-open': [/timed out/, false],
  slow: [/OK|timed out/, true],
  narrow: [/OK/, true],
  'freeze-server': [/timed out/, false],
  'crash-server': [/closed|ECONNRESET/, false],
  'restart-server': [/closed|ECONNRESET/, false],
  // It lasts as long as it lasts.
  pause: [/timed out/, true],
  'no-memory': [/OOM/, true],
  'read-only-server': [/READONLY/, false],
}

for (const fault of [...NETWORK, freeze, crash, restart, pause, memory, replica]) {
  test(`${fault.name} is what a client meets, and afterwards all is well`, async () => {
    const [field] = fields as [Field, Field]
    const { told, done } = await during(fault, field)
    const [words, isDone] = EXPECTED[fault.name]!
    assert.match(told, words)
    assert.equal(done, isDone)
    const client = new Client(field.url)
    client.on('error', () => undefined)
    assert.equal(await client.set('well', '1'), 'OK')
    client.disconnect()
  })
}

test('forget-scripts leaves no script, flushall no key', async () => {
  const [field] = fields as [Field, Field]
  const server = field.redis!
  const sha = server.cli('script', 'load', 'return 1')
  await amnesia.strike(sceneOf(field), new Random(1))
  assert.equal(server.cli('script', 'exists', sha), '0')
  await emptied.strike(sceneOf(field), new Random(1))
  assert.equal(server.cli('dbsize'), '0')
})

test('a crash keeps what was acknowledged where it is written down, and takes a server of snapshots back to the last one', async () => {
  const [written, snapshot] = fields as [Field, Field]
  written.redis!.cli('set', 'a', '1')
  await (
    await crash.strike(sceneOf(written), new Random(1))
  )()
  assert.equal(written.redis!.cli('get', 'a'), '1')
  assert.equal(crash.possible(sceneOf(snapshot)), false)
  assert.equal(rollback.possible(sceneOf(written)), false)
  snapshot.redis!.cli('set', 'a', '1')
  const back = await rollback.strike(sceneOf(snapshot), new Random(1))
  snapshot.redis!.cli('set', 'a', '2')
  await back()
  assert.equal(snapshot.redis!.cli('get', 'a'), '1')
})
