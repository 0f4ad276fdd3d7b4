import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { Scope } from '../../../src/llm/origin.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { call, Desk, price, Slow } from './desk.ts'

const chat = new Scope({ endpoint: '/chat' }, undefined)
const gpt = { endpoint: '/chat', provider: 'openai', model: 'gpt-4o-2024-08-06' }

test('a call becomes a count, tokens that add up, a cost in whole nano-dollars and a latency', async () => {
  const desk = new Desk(new Prices())
  const usage = { input: 1000, cached: 300, write5m: 100, write1h: 50, output: 500, reasoning: 200 }
  desk.collector.take(call({ usage }), chat)
  await desk.collector.settle()
  assert.deepEqual(desk.series('llm_calls'), [{ ...gpt, status: 'ok', pricing: 'exact', sum: 1, count: 1 }])
  assert.deepEqual(
    desk.series('llm_tokens').map(({ type, sum }) => [type, sum]),
    [
      ['input', 550],
      ['cached', 300],
      ['cache_write', 150],
      ['output', 300],
      ['reasoning', 200],
    ]
  )
  const [cost] = desk.series('llm_cost_usd')
  assert.ok(Number.isInteger(cost?.['sum']) && Number(cost?.['sum']) > 0)
  assert.deepEqual(desk.series('llm_latency_ms'), [{ ...gpt, sum: 812_500, count: 1 }])
})

test('the price of a call: gpt-4o at $2.50 and $10 for a million tokens', async () => {
  // https://openai.com/api/pricing, GPT-4o: 1000 × 2.5e-6 + 500 × 10e-6 = 0.0075 USD
  const desk = new Desk(new Prices())
  desk.collector.take(call(), chat)
  await desk.collector.settle()
  assert.deepEqual(desk.series('llm_cost_usd'), [{ ...gpt, pricing: 'exact', sum: 7_500_000, count: 1 }])
})

test('nothing is loaded before the first call, and then once', async () => {
  const prices = new Slow()
  const desk = new Desk(prices)
  assert.equal(desk.collector.settle(), undefined)
  assert.equal(prices.loads, 0)
  for (let i = 0; i < 120; i++) desk.collector.take(call(), undefined)
  assert.equal(prices.asked, 0, 'nothing is priced while the app has its turn')
  for (let i = 0; i < 20; i++) await turn()
  assert.deepEqual([prices.loads, prices.asked], [1, 120])
})

test('calls wait for slow prices, and settle waits with them', async () => {
  const prices = new Slow(false)
  const desk = new Desk(prices)
  desk.collector.take(call(), chat)
  const settled = desk.collector.settle()
  await turn()
  assert.equal(prices.asked, 0)
  prices.arrive()
  await settled
  assert.equal(desk.series('llm_calls').length, 1)
})

test('more calls than can wait are counted and said once; with prices at hand none is lost', async () => {
  const prices = new Slow(false)
  const desk = new Desk(prices)
  for (let i = 0; i < 20_010; i++) desk.collector.take(call(), chat)
  assert.equal(desk.drops.get('llm_calls'), 10)
  assert.equal(desk.lines.length, 1)
  prices.arrive()
  await desk.collector.settle()
  for (let i = 0; i < 25_000; i++) desk.collector.take(call(), chat)
  await desk.collector.settle()
  assert.equal(desk.drops.get('llm_calls'), 10)
  assert.equal(desk.series('llm_calls')[0]?.['sum'], 45_000)
})

test('prices that cannot be loaded, or throw, lose no call and are tried again', async () => {
  const prices = new Slow()
  let fails = true
  const broken = {
    load: () => (fails ? Promise.reject(new Error('no list')) : prices.load()),
    price: () => (fails ? assert.fail('no list') : prices.price()),
  }
  const desk = new Desk(broken)
  desk.collector.take(call(), chat)
  await desk.collector.settle()
  fails = false
  desk.collector.take(call(), chat)
  await desk.collector.settle()
  const found = desk.series('llm_calls').map(({ pricing, sum }) => [pricing, sum])
  assert.deepEqual(found, [['unpriced', 1], ['exact', 1]]) // prettier-ignore
  assert.ok(desk.lines.some((line) => line.includes('no list')))
})

test('a call that failed costs nothing and is not unpriced; what nobody knows is not 0', async () => {
  const desk = new Desk(new Slow())
  const none = new Desk({ load: () => Promise.resolve(), price: () => price(null) })
  desk.collector.take(call({ outcome: 'error', status: 429, usage: null }), chat)
  none.collector.take(call({ outcome: 'error', status: 429, usage: null }), chat)
  none.collector.take(call({ model: 'nobody-knows-it' }), chat)
  none.collector.take(call({ usage: null }), chat)
  none.collector.take(call({ usage: null, outcome: 'aborted', incomplete: true }), chat)
  // It began to answer before it failed.
  none.collector.take(call({ usage: null, outcome: 'error', status: 200 }), chat)
  await Promise.all([desk.collector.settle(), none.collector.settle()])
  assert.deepEqual(desk.series('llm_cost_usd'), [{ ...gpt, pricing: 'exact', sum: 0, count: 1 }])
  assert.deepEqual(
    none.series('llm_calls').map(({ status, pricing }) => `${status} ${pricing}`),
    ['error exact', 'ok unpriced', 'ok unknown', 'aborted incomplete', 'error incomplete']
  )
  assert.deepEqual(
    none.series('llm_cost_usd').map(({ sum }) => sum),
    [0]
  )
})

test('tools are told apart in the cost and are part of it', async () => {
  const prices = new Slow()
  prices.give = price(12_000_000, { tools: 10_000_000 })
  const desk = new Desk(prices)
  desk.collector.take(call(), chat)
  await desk.collector.settle()
  assert.deepEqual(
    desk.series('llm_cost_usd').map(({ type, sum }) => [type, sum]),
    [
      [undefined, 2_000_000],
      ['tools', 10_000_000],
    ]
  )
})

test('outside of requests a call is in the background; feature is a label, user is not', async () => {
  const desk = new Desk(new Slow())
  desk.collector.take(call(), new Scope({ feature: 'summary', user: 'u-17' }, undefined))
  await desk.collector.settle()
  const [counted] = desk.series('llm_calls')
  assert.deepEqual([counted?.['endpoint'], counted?.['feature']], ['(background)', 'summary'])
  assert.equal(counted?.['user'], undefined)
  const [event] = desk.collector.drain()
  assert.equal(event?.fields['user'], 'u-17')
})

test('an event says all of a call but its words', async () => {
  const desk = new Desk(new Slow())
  desk.collector.take(call({ usage: { input: 1000, cached: 400, output: 500 } }), chat)
  await desk.collector.settle()
  assert.deepEqual(desk.collector.drain(), [
    {
      kind: 'llm',
      time: desk.clock.now(),
      name: 'gpt-4o-2024-08-06',
      value: 1,
      weight: 1,
      labels: { env: 'test' },
      fields: {
        endpoint: '/chat',
        provider: 'openai',
        model: 'gpt-4o-2024-08-06',
        requested_model: 'gpt-4o',
        operation: 'chat',
        stream: false,
        input_tokens: 600,
        cached_tokens: 400,
        cache_write_tokens: 0,
        output_tokens: 500,
        reasoning_tokens: 0,
        cost_usd: 0.0075,
        pricing: 'exact',
        price_source: 'snapshot',
        outcome: 'ok',
        status: 200,
        duration_ms: 812.5,
        first_byte_ms: 120,
        user: null,
        instance: 'web-1',
      },
    },
  ])
})

test('what an endpoint is called is read when the call is recorded', async () => {
  const desk = new Desk(new Slow())
  const origin = { endpoint: undefined as string | undefined }
  desk.collector.take(call(), origin)
  origin.endpoint = '/late'
  await desk.collector.settle()
  assert.equal(desk.series('llm_calls')[0]?.['endpoint'], '/late')
})

test('models are labels up to 200, fine-tuned ones without their organisation, secrets never', async () => {
  const desk = new Desk(new Slow())
  desk.collector.take(call({ model: 'ft:gpt-4o-mini-2024-07-18:acme-corp::8fk3' }), chat)
  desk.collector.take(call({ model: 'sk-proj-abcdefghijklmnopqrstuvwxyz123456' }), chat)
  for (let i = 0; i < 300; i++) desk.collector.take(call({ model: `model-${i}` }), chat)
  await desk.collector.settle()
  const models = new Set(desk.series('llm_calls').map(({ model }) => String(model)))
  assert.ok(models.has('ft:gpt-4o-mini-2024-07-18') && models.has('[redacted]') && models.has('__overflow__'))
  assert.equal(models.size, 201)
  assert.equal(
    desk.series('llm_calls').reduce((sum, one) => sum + Number(one['sum']), 0),
    302
  )
  assert.equal(desk.lines.filter((line) => line.includes('models')).length, 1)
})

test('calls that cannot be read are counted by host, with one hint, and without their query', () => {
  const desk = new Desk(new Slow())
  for (let i = 0; i < 3; i++)
    desk.collector.missed('https://user:pw@api.openai.com/v1/chat?key=marker', 'it was too early')
  desk.collector.missed('nonsense', 'it was too early')
  assert.deepEqual(desk.series('llm_untracked'), [
    { host: 'api.openai.com', sum: 3, count: 3 },
    { host: 'unknown', sum: 1, count: 1 },
  ])
  assert.equal(desk.lines.length, 2)
  assert.ok(!desk.lines.join().includes('marker') && !desk.lines.join().includes('pw'))
})
