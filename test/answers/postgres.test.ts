import { after, before, test } from 'node:test'
import { postgres } from '../../src/storage/postgres.ts'
import { type Postgres, startPostgres } from '../servers/postgres.ts'
import { testAnswers } from './suite.ts'

let server: Postgres
before(async () => {
  server = await startPostgres()
})
after(() => server.end())

let schemas = 0

testAnswers(
  test,
  async () => ({ driver: postgres(server.url, { schema: `answers${++schemas}` }), remove: async () => undefined }),
  5
)
