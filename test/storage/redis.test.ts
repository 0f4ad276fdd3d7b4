import { after, before, describe, test } from 'node:test'
import { testDriver } from '../../src/storage/conformance.ts'
import { redis } from '../../src/storage/redis.ts'
import { type Redis, startRedis } from '../servers/redis.ts'

let server: Redis
let stores = 0
before(async () => {
  server = await startRedis()
})
after(() => server.end())

describe('redis', () => {
  testDriver(test, () => {
    const prefix = `store ${++stores}`
    return {
      connect: () => redis(server.url, { prefix }),
      future: () => void server.cli('hset', `{${prefix}}:meta`, 'version', '99'),
      fingerprint: () => server.cli('hgetall', `{${prefix}}:meta`) + server.cli('dbsize'),
      unreachable: () => ({ driver: redis('redis://127.0.0.1:1', { prefix }), within: 3_000 }),
    }
  }, ['durable', 'future', 'unreachable'])
})
