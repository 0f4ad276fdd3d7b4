import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis as Client } from 'ioredis'
import { createClient } from 'redis'
import { MetricsError } from '../../../src/errors.ts'
import { START, batch, box, boxesOf, eventsOf, event } from '../../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { redis } from '../../../src/storage/redis.ts'
import type { Client as Ours } from '../../../src/storage/redis/client.ts'
import { type Proxy, startProxy } from '../../servers/proxy.ts'
import { type Redis, startRedis, until } from '../../servers/redis.ts'

let server: Redis
let proxy: Proxy
before(async () => {
  server = await startRedis()
  proxy = await startProxy(server.port)
})
after(async () => {
  server.resume()
  await proxy.stop()
  await server.end()
})

/** A client as apps have it: it waits, and tries again for ever, as queues want it. */
interface App {
  readonly client: Ours
  end(): void
}

const APPS: Readonly<Record<string, () => Promise<App>>> = {
  ioredis: async () => {
    const client = new Client(proxy.port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 100 })
    client.on('error', () => undefined)
    return { client, end: () => client.disconnect() }
  },
  'node-redis': async () => {
    const url = `redis://127.0.0.1:${proxy.port}`
    const client = createClient({ url, socket: { reconnectStrategy: () => 100 } })
    client.on('error', () => undefined)
    await client.connect()
    return { client, end: () => client.destroy() }
  },
}

/** Counts what a client was given and has not answered, as bytes. */
function counted(client: Ours): { readonly client: Ours; readonly held: () => number } {
  let held = 0
  const name = 'callBuffer' in client ? 'callBuffer' : 'sendCommand'
  const call = (client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!.bind(client)
  const count = async (...args: unknown[]): Promise<unknown> => {
    const bytes = args.flat(2).reduce((sum: number, each) => sum + (Buffer.isBuffer(each) ? each.length : 0), 0)
    held += bytes
    return call(...args).finally(() => (held -= bytes))
  }
  return { client: { [name]: count } as unknown as Ours, held: () => held }
}

const put = async (driver: StorageDriver, number: number): Promise<MetricsError | undefined> => {
  const events = [event(number)]
  const boxes = [box(START, { numbers: new Uint8Array(1_000_000).fill(number) })]
  try {
    await driver.put(batch({ boxes, events }))
    return undefined
  } catch (error) {
    assert.ok(error instanceof MetricsError, String(error))
    return error
  }
}

for (const [name, make] of Object.entries(APPS)) {
  for (const [fault, strike] of [
    ['frozen', () => server.freeze()],
    ['gone', () => proxy.refuse()],
    ['silent', () => proxy.blackHole()],
  ] as const) {
    test(`over an app's client of ${name} a server that is ${fault} costs seconds and some memory, and is used again`, async (t) => {
      const app = await make()
      t.after(() => app.end())
      const { client, held } = counted(app.client)
      const driver = redis(client, { prefix: `${name}-${fault}`, timeout: 50 })
      await until(async () => (await put(driver, 1)) === undefined)
      await strike()
      let number = 2
      for (; number < 13; number++) assert.match(String((await put(driver, number))?.code), /storage_(timeout|failed)/)
      assert.ok(held() < 10_000_000, `${held()} bytes`)
      server.resume()
      await proxy.restore()
      await until(async () => (await put(driver, ++number)) === undefined)
      const reader = redis(server.url, { prefix: `${name}-${fault}`, timeout: 10_000 })
      await reader.open()
      assert.deepEqual([...(await boxesOf(reader))[0]!.numbers.subarray(0, 2)], [number, number])
      const numbers = (await eventsOf(reader)).map((each) => each.number)
      assert.equal(new Set(numbers).size, numbers.length)
      await reader.close()
      await driver.close()
    })
  }
}
