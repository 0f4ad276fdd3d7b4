import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Redis as IoRedis } from 'ioredis'
import { Redis as IoRedis5 } from 'ioredis5'
import { createClient, createCluster } from 'redis'
import { createClient as createClient4 } from 'redis4'
import { createClient as createClient5 } from 'redis5'
import { type Feature, type Ground, testDriver } from '../../../src/storage/conformance.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { redis } from '../../../src/storage/redis.ts'
import { type Cluster, type Redis, startCluster, startRedis } from '../../servers/redis.ts'

const FEATURES: readonly Feature[] = ['durable', 'future', 'unreachable']
let stores = 0

/** A store of its own for each case: connections by `connect`, keys looked at by `node`. */
function ground(connect: (prefix: string) => StorageDriver, node: (key: string) => Redis): Ground {
  const prefix = `store-${++stores}`
  const meta = `{${prefix}}:meta`
  return {
    connect: () => connect(prefix),
    future: () => void node(meta).cli('hset', meta, 'version', '99'),
    fingerprint: () => node(meta).cli('hgetall', meta) + node(meta).cli('dbsize'),
    unreachable: () => ({ driver: redis('redis://127.0.0.1:1', { prefix }), within: 3_000 }),
  }
}

describe('redis', () => {
  let server: Redis
  before(async () => {
    server = await startRedis()
  })
  after(() => server.end())

  testDriver(
    test,
    () =>
      ground(
        (prefix) => redis(server.url, { prefix, timeout: 10_000 }),
        () => server
      ),
    FEATURES
  )

  describe("through the app's own client of ioredis", () => {
    let client: IoRedis
    before(() => {
      client = new IoRedis(server.port)
    })
    after(() => client.disconnect())
    testDriver(
      test,
      () =>
        ground(
          (prefix) => redis(client, { prefix, timeout: 10_000 }),
          () => server
        ),
      FEATURES
    )
  })

  describe("through the app's own client of node-redis", () => {
    let client: ReturnType<typeof createClient>
    before(async () => {
      client = createClient({ url: server.url })
      await client.connect()
    })
    after(() => client.destroy())
    testDriver(
      test,
      () =>
        ground(
          (prefix) => redis(client, { prefix, timeout: 10_000 }),
          () => server
        ),
      FEATURES
    )
  })
})

describe("older clients of the app's own", () => {
  let server: Redis
  before(async () => {
    server = await startRedis()
  })
  after(() => server.end())

  describe('ioredis 5', () => {
    let client: IoRedis5
    before(() => {
      client = new IoRedis5(server.port, { keyPrefix: 'mine:' })
    })
    after(() => client.disconnect())
    testDriver(test, () => ({
      connect: () => redis(client, { prefix: `five-${stores}`, timeout: 10_000 }),
      remove: () => void stores++,
    }))
  })

  describe('node-redis 5', () => {
    let client: ReturnType<typeof createClient5>
    before(async () => {
      client = createClient5({ url: server.url })
      await client.connect()
    })
    after(() => client.destroy())
    testDriver(test, () =>
      ground(
        (prefix) => redis(client, { prefix, timeout: 10_000 }),
        () => server
      )
    )
  })

  test('node-redis 4, which gives texts for bytes, is refused', async () => {
    const client = createClient4({ url: server.url })
    await client.connect()
    const driver = redis(client)
    await assert.rejects(async () => driver.open(), { code: 'bad_option' })
    await driver.close()
    await client.disconnect()
  })
})

describe('a Redis Cluster of three nodes', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster()
  })
  after(() => cluster.end())

  testDriver(
    test,
    () =>
      ground(
        (prefix) => redis(cluster.url, { prefix, timeout: 10_000 }),
        (key) => cluster.ownerOf(key)
      ),
    FEATURES
  )

  describe("through the app's own cluster of node-redis", () => {
    let client: ReturnType<typeof createCluster>
    before(async () => {
      client = createCluster({ rootNodes: cluster.nodes.map(({ url }) => ({ url })) })
      await client.connect()
    })
    after(() => client.destroy())
    testDriver(test, () =>
      ground(
        (prefix) => redis(client, { prefix, timeout: 10_000 }),
        (key) => cluster.ownerOf(key)
      )
    )
  })
})
