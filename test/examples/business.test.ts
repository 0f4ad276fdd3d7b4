import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { built, startExample } from './world.ts'

before(built)

test('the business example counts money once, people once, and work', async (t) => {
  const origin = await startExample(t, 'business')
  const post = async (path: string, body?: object): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'x-user': 'u_1', 'x-plan': 'pro' }
    return (await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) })).status
  }
  const payment = { id: 'evt_1', type: 'payment', amount: 4900, plan: 'pro' }
  assert.equal(await post('/webhooks/payment', payment), 200)
  assert.equal(await post('/webhooks/payment', payment), 200)
  await post('/webhooks/payment', { id: 'evt_2', type: 'payment', amount: 1990, plan: 'team' })
  await post('/webhooks/payment', { id: 'evt_3', type: 'refund', amount: 990, plan: 'team' })
  await post('/carts/7?source=mail')
  await post('/imports')

  const asked = async (query: string): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${origin}/metrics/${query}`)
    assert.equal(answer.status, 200, query)
    return ((await answer.json()) as { data: Record<string, unknown>[] }).data
  }
  const revenue = await asked('query?metric=revenue&group_by=plan')
  assert.deepEqual(
    revenue.map((row) => [row['plan'], row['value']]),
    [
      ['pro', 49],
      ['team', 10],
    ]
  )
  assert.deepEqual((await asked('query?metric=active_users'))[0]?.['value'], 1)
  assert.deepEqual((await asked('query?metric=carts_open'))[0]?.['value'], 1)
  assert.deepEqual((await asked('query?metric=import_ms&agg=count&group_by=outcome'))[0]?.['outcome'], 'ok')
  assert.ok((await asked('events?kind=deploy')).some((row) => row['name'] === 'v1.4.0'))
})
