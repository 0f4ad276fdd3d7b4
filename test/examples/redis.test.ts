import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { parse } from 'yaml'
import { targetOf } from '../../src/storage/redis/url.ts'
import { startRedis } from '../servers/redis.ts'
import { built, eventually, root, startExample } from './world.ts'

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

interface Compose {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly volumes: object
}

test('the compose file is whole: three apps, one Redis that keeps all', () => {
  const file = parse(readFileSync(join(root, 'examples', 'redis', 'compose.yaml'), 'utf8')) as Compose
  const { app, redis } = file.services
  assert.deepEqual(app?.['deploy'], { replicas: 3 })
  const { METRICS_STORAGE = '' } = (app?.['environment'] ?? {}) as Record<string, string>
  assert.deepEqual(targetOf(METRICS_STORAGE).nodes, [{ host: 'redis', port: 6379 }])
  assert.match(String(redis?.['command']), /--appendonly yes .*noeviction/)
  assert.deepEqual(Object.keys(file.volumes), ['redis'])
})
