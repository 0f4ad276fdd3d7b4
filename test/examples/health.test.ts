import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startPostgres } from '../servers/postgres.ts'
import { built, eventually, startExample } from './world.ts'

before(built)

test('the health-postgres example is ready while its database is', async (t) => {
  const database = await startPostgres()
  t.after(() => database.end())
  const origin = await startExample(t, 'health-postgres', { DATABASE_URL: database.url, CHECK_EVERY: '200ms' })
  const ready = (status: number): Promise<string> =>
    eventually(
      async () => {
        const response = await fetch(`${origin}/health/ready`)
        return response.status === status ? (await response.text()).trim() : undefined
      },
      () => `/health/ready never was ${status}`
    )
  assert.equal(await ready(200), '{"status":"pass"}')
  const answer = await fetch(`${origin}/time`)
  assert.equal(typeof ((await answer.json()) as { time: string }).time, 'string')
  await database.stop()
  assert.equal(await ready(503), '{"status":"fail"}')
  assert.equal((await fetch(`${origin}/health/live`)).status, 200)
  assert.equal((await fetch(`${origin}/time`)).status, 503)
  const { checks } = (await (await fetch(`${origin}/health?verbose`)).json()) as {
    checks: { name: string; code: string }[]
  }
  assert.match(`${checks.find(({ name }) => name === 'database')?.code}`, /^(ECONNREFUSED|57P01|disconnected)$/)
  await database.start()
  assert.equal(await ready(200), '{"status":"pass"}')
  assert.equal((await fetch(`${origin}/time`)).status, 200)
})
