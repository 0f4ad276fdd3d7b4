import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startRedis } from '../servers/redis.ts'
import { built, eventually, startExample } from './world.ts'

before(built)

test('two processes of the redis example answer for both', async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  const env = { METRICS_STORAGE: `${server.url}?prefix=shop` }
  const origins = await Promise.all([startExample(t, 'redis', env), startExample(t, 'redis', env)])
  for (const [place, origin] of origins.entries()) {
    for (let index = 0; index <= place; index++) {
      const body = JSON.stringify({ amount: 49, plan: 'pro' })
      assert.equal((await fetch(`${origin}/checkout`, { method: 'POST', body })).status, 201)
    }
  }
  const totals = (): Promise<unknown[]> =>
    Promise.all(
      origins.map(async (origin) => {
        const answer = await fetch(`${origin}/metrics/query?metric=revenue&from=1h`)
        return ((await answer.json()) as { total: number }).total
      })
    )
  // One asks while the other has not written yet: that happens every 5 s.
  await eventually(
    async () => ((await totals()).every((total) => total === 3 * 49) ? true : undefined),
    () => server.cli('keys', '*')
  )
})
