import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../../src/errors.ts'
import { checkPrices, type PriceOverrides } from '../../../src/llm/prices/overrides.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { called } from './called.ts'

const some = { input: 1000, output: 100 }
const nanos = async (overrides: PriceOverrides, ...calls: ReturnType<typeof called>[]) => {
  const prices = new Prices({ overrides })
  await prices.load()
  return calls.map((call) => [prices.price(call).nano, prices.price(call).source])
}

test('a price of your own wins over every list', async () => {
  const own = { 'gpt-4o': { input: 1, output: 2 }, 'my-model': { input: 0.5, cached: 0.1, output: 1 } }
  assert.deepEqual(
    await nanos(own, called('openai', 'gpt-4o', some), called('vllm', 'my-model', { ...some, cached: 500 })),
    [
      [1_200_000, 'override'],
      [400_000, 'override'],
    ]
  )
})

test('0 is a price', async () => {
  assert.deepEqual(await nanos({ 'ollama/*': { input: 0, output: 0 } }, called('ollama', 'gemma3:4b', some)), [
    [0, 'override'],
  ])
})

test('a deployment is priced by the name that it was asked for', async () => {
  const call = called('azure', 'gpt-4o-2024-11-20', some, { requestedModel: 'my-prod-gpt4o' })
  assert.deepEqual(await nanos({ 'my-prod-gpt4o': { input: 2.75, output: 11 } }, call), [[3_850_000, 'override']])
})

test('an exact name wins over a pattern, and a provider makes it more exact', async () => {
  const own = { 'gpt-*': { input: 1 }, 'gpt-5*': { input: 2 }, 'gpt-5': { input: 3 }, 'azure/gpt-5': { input: 4 } }
  const input = { input: 1_000_000 }
  assert.deepEqual(
    await nanos(
      own,
      called('openai', 'gpt-4o', input),
      called('openai', 'gpt-5', input),
      called('azure', 'GPT-5', input),
      called('openai', 'not-gpt-5', input)
    ),
    [
      [1e9, 'override'],
      [3e9, 'override'],
      [4e9, 'override'],
      [null, 'none'],
    ]
  )
})

test('characters that mean something in patterns mean themselves', async () => {
  const call = called('x', 'a.b(c)[d]+$/e*', { input: 1_000_000 })
  assert.deepEqual(await nanos({ 'a.b(c)[d]+$/e*': { input: 1 } }, call, called('x', 'aXb(c)[d]+$/e', { input: 1 })), [
    [1e9, 'override'],
    [null, 'none'],
  ])
})

test('a tier changes a price of your own as it changes the list price', async () => {
  const own = { 'gpt-4o': { input: 2, output: 8 }, mine: { input: 2, output: 8 } }
  assert.deepEqual(
    await nanos(
      own,
      called('openai', 'gpt-4o', some, { tier: 'batch' }),
      called('openai', 'mine', some, { tier: 'ultrafast' })
    ),
    [
      [1_400_000, 'override'],
      [2_800_000, 'override'],
    ]
  )
})

test('a wrong price names the model, the value and the fix', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [7, /`llm\.prices` is 7\. Give an object/],
    [[], /`llm\.prices`/],
    [{ m: 1 }, /`llm\.prices\['m'\]` is 1\. Give \{ input: 1/],
    [{ m: null }, /is null/],
    [{ m: {} }, /has no price\. Known are: input, output/],
    [{ m: { inputs: 1 } }, /has the key 'inputs'\. Known are/],
    [{ m: { input: '1' } }, /\.input` is '1'\. Give a number from 0/],
    [{ m: { input: -1 } }, /is -1/],
    [{ m: { input: Number.NaN } }, /is NaN/],
    [{ m: { input: 1e9 } }, /is 1000000000/],
    [{ '': { input: 1 } }, /has no name of a model/],
    [{ refresh: { input: 'x' } }, /\['refresh'\]\.input/],
  ]
  for (const [value, message] of wrong) {
    assert.throws(
      () => checkPrices(value),
      (error: unknown) => error instanceof MetricsError && error.code === 'bad_option' && message.test(error.message)
    )
  }
})

test('refresh is a switch, not a model', () => {
  const checked = checkPrices({ refresh: true, m: { input: 1 }, n: undefined })
  assert.deepEqual([checked.refresh, checked.size], [true, 1])
  assert.equal(checkPrices(undefined).refresh, false)
})
