import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { join } from 'node:path'
import { built, folder, root, start, startExample } from './world.ts'
import { once } from 'node:events'

before(built)

interface Rows {
  readonly total: number
  readonly data: readonly Record<string, unknown>[]
}

async function rows(url: string): Promise<Rows> {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, url)
  return (await answer.json()) as Rows
}

for (const name of ['express', 'fastify', 'hono', 'node-http']) {
  describe(`the ${name} example`, () => {
    test('counts its routes, its revenue and its error', async (t) => {
      const origin = await startExample(t, name)
      assert.deepEqual(await (await fetch(`${origin}/users/7`)).json(), { id: '7' })
      assert.deepEqual(await (await fetch(`${origin}/users/8`)).json(), { id: '8' })
      const paid = await fetch(`${origin}/checkout`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"amount":49,"plan":"pro"}',
      })
      assert.deepEqual([paid.status, await paid.json()], [201, { ok: true }])
      assert.equal((await fetch(`${origin}/broken`)).status, 500)
      assert.equal((await fetch(`${origin}/nowhere`)).status, 404)

      const endpoints = await rows(`${origin}/metrics/endpoints`)
      assert.deepEqual(Object.fromEntries(endpoints.data.map((row) => [row['id'], [row['requests'], row['errors']]])), {
        'GET /users/:id': [2, 0],
        'POST /checkout': [1, 0],
        'GET /broken': [1, 1],
        'GET unmatched': [1, 0],
      })
      const revenue = await rows(`${origin}/metrics/query?metric=revenue&group_by=plan`)
      assert.deepEqual(
        revenue.data.map((row) => [row['plan'], row['value']]),
        [['pro', 49]]
      )
      const errors = await rows(`${origin}/metrics/errors`)
      assert.deepEqual(
        errors.data.map((row) => [row['type'], row['message'], row['count']]),
        // Without a framework nobody tells us what was thrown: the endpoint stands for it.
        [name === 'node-http' ? ['HTTP 500', 'GET /broken answered 500', 1] : ['Error', 'the shelf is empty', 1]]
      )
    })
  })
}

test('the background job writes into a file that a web app shows', async (t) => {
  const storage = `sqlite://${join(folder(t), 'metrics.db')}`
  const job = start(t, process.execPath, [join(root, 'examples', 'background-job', 'job.js')], {
    cwd: root,
    env: { METRICS_STORAGE: storage },
  })
  if (job.child.exitCode === null) await once(job.child, 'close')
  assert.equal(job.child.exitCode, 0, job.said())
  assert.match(job.said(), /receipt.*15.*75/)

  const origin = await startExample(t, 'express', { METRICS_STORAGE: storage })
  assert.equal((await rows(`${origin}/metrics/query?metric=mails_sent`)).total, 20)
})
