import { after, before, describe, test } from 'node:test'
import { redis } from '../../src/storage/redis.ts'
import { type Redis, startRedis } from '../servers/redis.ts'
import { testAnswers } from './suite.ts'

describe('redis', () => {
  let server: Redis
  let stores = 0
  before(async () => {
    server = await startRedis()
  })
  after(() => server.end())

  testAnswers(
    test,
    async () => ({
      driver: redis(server.url, { prefix: `store-${++stores}`, timeout: 10_000 }),
      remove: () => Promise.resolve(),
    }),
    6
  )
})
