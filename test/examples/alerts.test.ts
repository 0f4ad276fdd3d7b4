import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { receiver } from '../alerts/receiver.ts'
import { built, eventually, startExample } from './world.ts'

before(built)

interface Body {
  data: Record<string, unknown>[]
}

test('the alerts example tells a channel of Slack about a route that fails, and only about that one', async (t) => {
  const slack = await receiver(t)
  const origin = await startExample(t, 'alerts-slack', {
    SLACK_WEBHOOK: slack.url,
    ALERTS_EVERY: '200ms',
    METRICS_STORAGE: 'memory://',
  })
  const results = (await (await fetch(`${origin}/alerts/test`, { method: 'POST' })).json()) as Record<string, unknown>[]
  assert.deepEqual(
    results.map(({ notifier, kind, ok }) => [notifier, kind, ok]),
    [['team', 'slack', true]]
  )
  for (let i = 0; i < 6; i++) await fetch(`${origin}/checkout?broken`)
  for (let i = 0; i < 6; i++) await fetch(`${origin}/orders`, { method: 'POST' })
  await eventually(
    () => Promise.resolve(slack.got.length >= 2 ? true : undefined),
    () => JSON.stringify(slack.got)
  )
  assert.match(String(slack.got[0]?.body['text']), /^TEST: /)
  assert.match(
    String(slack.got[1]?.body['text']),
    /^FIRING: checkout \(endpoint=\/checkout\): http_error_rate is 100 %/
  )
  const { data } = (await (await fetch(`${origin}/metrics/alerts?state=firing`)).json()) as Body
  assert.deepEqual(
    data.map(({ rule, group }) => [rule, group]),
    [['checkout', 'endpoint=/checkout']]
  )
  assert.equal(slack.got.length, 2)
})

test('the budget example tells of a budget, and refuses calls when it is used up', async (t) => {
  const ops = await receiver(t)
  const origin = await startExample(t, 'budget', {
    ALERTS_WEBHOOK: ops.url,
    ALERTS_EVERY: '200ms',
    METRICS_STORAGE: 'memory://',
  })
  const refused = await eventually(
    async () => {
      const answer = await fetch(`${origin}/summaries/7`)
      return answer.status === 429 ? answer : undefined
    },
    () => JSON.stringify(ops.got)
  )
  assert.deepEqual(await refused.json(), { error: 'No more summaries today.' })
  const titles = (): unknown[] => ops.got.map(({ body }) => body['title'])
  const last = 'BUDGET 100 %: summaries'
  await eventually(
    () => Promise.resolve(titles().at(-1) === last ? true : undefined),
    () => titles().join()
  )
  assert.equal(new Set(titles()).size, titles().length)
})
