import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Call, Price } from '../../../src/llm/call.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { called, counts, NOW, prices } from './called.ts'

before(() => prices.load())

const priced = (call: Call): Price => prices.price(call)
const UNPRICED: Price = { nano: null, tools: 0, pricing: 'unpriced', source: 'none' }
const some = { input: 1000, output: 100 }

test('an unknown model has no price, which is not 0', () => {
  assert.deepEqual(priced(called('openai', 'gpt-99', some)), UNPRICED)
  assert.deepEqual(priced(called('nobody', 'my-model', some)), UNPRICED)
  assert.deepEqual(priced(called('openai', '', some)), UNPRICED)
})

test('a newer model never has the price of an older one whose name it begins with', () => {
  const newer = [
    'claude-sonnet-5-7',
    'claude-sonnet-5-7-20270101',
    'claude-opus-4-9',
    'claude-haiku-4-6',
    'claude-opus-5-6',
  ]
  for (const model of newer) assert.equal(priced(called('anthropic', model, some)).nano, null, model)
  for (const model of ['gpt-5.9', 'gpt-5.4-max', 'gpt-6-sol-2', 'o5', 'gpt-4o-realtime-2']) {
    assert.equal(priced(called('openai', model, some)).nano, null, model)
  }
  for (const model of ['gemini-3.6-flash-lite', 'gemini-2.5-pro-2', 'gemini-1.5-flash-8b', 'gemini-3.9-flash']) {
    assert.equal(priced(called('google', model, some)).nano, null, model)
  }
  for (const model of [
    'amazon.titan-embed-text-v3:0',
    'anthropic.claude-3-5-sonnet-v9',
    'us.amazon.nova-lite-2-v1:0',
  ]) {
    assert.equal(priced(called('bedrock', model, some)).nano, null, model)
  }
  assert.equal(priced(called('unknown', 'claude-sonnet-5-7', some)).nano, null)
})

test('a date, a version of the same model and the spelling of a cloud do not make it another', () => {
  const same: readonly (readonly [string, string, string])[] = [
    ['anthropic', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-opus-5', 'claude-opus-5-20260801'],
    ['openai', 'gpt-5.4', 'gpt-5.4-2026-03-05'],
    ['openai', 'gpt-5.4', 'gpt-5.4-2027-01-01'],
    ['openai', 'gpt-4o', 'GPT-4o-2024-08-06 '],
    ['openai', 'ft:gpt-4o-2024-08-06', 'ft:gpt-4o-2024-08-06:acme::abc:ckpt-step-10'],
    ['azure', 'ft:gpt-4o-2024-08-06', 'gpt-4o-2024-08-06.ft-0123456789abcdef'],
    ['google', 'gemini-2.5-pro', 'models/gemini-2.5-pro-preview-05-06'],
    ['google', 'gemini-2.0-flash', 'gemini-2.0-flash-001'],
    [
      'google',
      'claude-sonnet-4-5',
      'projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929',
    ],
    [
      'bedrock',
      'global.anthropic.claude-opus-5',
      'arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-opus-5-v1:0',
    ],
    ['mistral', 'magistral-small-latest', 'magistral-small-2509'],
  ]
  for (const [provider, plain, spelt] of same) {
    const [a, b] = [plain, spelt].map((model) => priced(called(provider, model, some)))
    assert.ok(a?.nano, plain)
    assert.deepEqual(b, a, spelt)
  }
})

test('the model of the answer is priced before the one that was asked for', () => {
  const price = priced(called('openai', 'gpt-4o-mini-2024-07-18', some, { requestedModel: 'gpt-4o' }))
  assert.equal(price.nano, 210_000)
})

test('the one that was asked for is priced where the answer has a name of its own', () => {
  const price = priced(
    called('fireworks', 'ft-run-77', some, { requestedModel: 'accounts/fireworks/models/gpt-oss-120b' })
  )
  assert.equal(price.pricing, 'exact')
})

test('a newer model behind a known name is a guess, and told as one', () => {
  const price = priced(called('anthropic', 'claude-sonnet-5-7', some, { requestedModel: 'claude-sonnet-5' }))
  assert.deepEqual([price.nano, price.pricing], [3_000_000, 'estimated'])
})

test('behind a gateway a model that one vendor alone makes costs its list price, and it is told whose', () => {
  for (const [provider, model, owner] of [
    ['unknown', 'gpt-4o', 'openai'],
    ['unknown', 'text-embedding-3-small', 'openai'],
    ['unknown', 'ft:gpt-4.1-mini-2025-04-14:acme::x', 'openai'],
    ['unknown', 'claude-opus-5-5', 'anthropic'],
    ['unknown', 'gemini-2.5-flash', 'google'],
    ['unknown', 'llama-3.3-70b-versatile', 'groq'],
    ['litellm', 'anthropic/claude-opus-5-5', 'anthropic'],
    ['litellm', 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws'],
    ['vercel', 'xai/grok-4.7', 'x-ai'],
    ['helicone', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws'],
  ] as const) {
    const call = called(provider, model, some)
    assert.equal(priced(call).pricing === 'unpriced', false, model)
    assert.equal(prices.quote(call)?.owner, owner, model)
  }
})

test('an open model that anybody may run has no price by its name alone', () => {
  for (const model of ['gpt-oss-20b', 'llama3.2', 'qwen3-32b', 'mixtral-8x7b', 'deepseek-r1', 'gemma-3-27b-it']) {
    assert.equal(priced(called('unknown', model, some)).nano, null, model)
  }
  assert.equal(priced(called('ollama', 'mistral-large', some)).nano, null)
})

test('more in the cache than in the prompt is cut down to it, never billed below 0', () => {
  const price = priced(called('openai', 'gpt-4o', { input: 1000, cached: 4000, output: 100 }))
  // 1,000 × 1.25 + 100 × 10
  assert.deepEqual([price.nano, price.pricing], [2_250_000, 'estimated'])
})

test('guessed tokens and streams that ended early are told', () => {
  assert.equal(priced(called('openai', 'gpt-4o', some, { estimated: true })).pricing, 'estimated')
  assert.equal(priced(called('openai', 'gpt-4o', some, { incomplete: true })).pricing, 'incomplete')
  assert.equal(priced(called('openai', 'gpt-4o', some, { incomplete: true, estimated: true })).pricing, 'incomplete')
})

test('what a tool costs that nobody prices by the piece makes the sum a lower bound', () => {
  const price = priced(called('openai', 'gpt-5', { ...some, tools: counts({ code_interpreter: 1, web_search: 1 }) }))
  assert.deepEqual([price.nano, price.tools, price.pricing], [12_250_000, 10_000_000, 'incomplete'])
})

test('a dearer tier of which nobody knows the price makes it a lower bound, a cheaper one a guess', () => {
  assert.equal(priced(called('openai', 'gpt-5-nano', some, { tier: 'priority' })).pricing, 'incomplete')
  assert.equal(priced(called('azure', 'gpt-4o-2024-11-20', some, { tier: 'priority' })).pricing, 'incomplete')
  assert.equal(priced(called('groq', 'llama-3.3-70b-versatile', some, { tier: 'flex' })).pricing, 'estimated')
  for (const tier of ['default', 'standard', 'auto', 'on_demand', 'DEFAULT']) {
    assert.equal(priced(called('openai', 'gpt-5-nano', some, { tier })).pricing, 'exact', tier)
  }
})

test('what a gateway reports wins over every list', async () => {
  const own = new Prices({ overrides: { 'gpt-4o': { input: 9 } } })
  await own.load()
  const call = called('openrouter', 'gpt-4o', some, { reported: 0.000_123_4 })
  assert.deepEqual(own.price(call), { nano: 123_400, tools: 0, pricing: 'exact', source: 'reported' })
  assert.equal(own.price({ ...call, model: 'unheard-of', incomplete: true }).pricing, 'incomplete')
  for (const reported of [Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300]) {
    assert.equal(own.price({ ...call, reported }).source, 'override', String(reported))
  }
  assert.equal(own.price({ ...call, reported: 0 }).nano, 0)
})

test('a call that failed is billed nothing, also of an unknown model', () => {
  for (const status of [0, 400, 429, 500]) {
    const price = priced(called('openai', 'gpt-99', null, { outcome: 'error', status }))
    assert.deepEqual([price.nano, price.pricing], [0, 'exact'], String(status))
  }
})

test('an answer without usage has no price', () => {
  assert.deepEqual(priced(called('openai', 'gpt-4o', null)), UNPRICED)
  assert.deepEqual(priced(called('openai', 'gpt-4o', null, { outcome: 'aborted' })), UNPRICED)
  assert.deepEqual(priced(called('openai', 'whisper-1', { input: 0 })), UNPRICED)
})

test('before the list is read nothing of it is known, and nothing throws', () => {
  const early = new Prices({ overrides: { mine: { input: 1, output: 2 } } })
  assert.deepEqual(early.price(called('openai', 'gpt-4o', some)), UNPRICED)
  assert.equal(early.price(called('openai', 'mine', some)).nano, 1_200_000)
  assert.equal(early.quote(called('openai', 'gpt-4o', some)), undefined)
})

test('the list is read once, however many wait for it', async () => {
  const list = new Prices()
  assert.equal(list.load(), list.load())
  await list.load()
})

test('the age of the prices is known before any is read', () => {
  const age = new Prices({ overrides: { a: { input: 1 }, 'b*': { input: 1 } } }).age(NOW)
  assert.match(age.as_of, /^\d{4}-\d\d-\d\d$/)
  assert.equal(age.age_days, Math.floor((NOW - Date.parse(age.as_of)) / 86_400_000))
  assert.equal(age.overrides, 2)
  assert.match(age.source, /^@pydantic\/genai-prices \d/)
})

test('prices of more than 45 days are stale', () => {
  const { as_of } = prices.age(NOW)
  assert.equal(prices.age(Date.parse(as_of) + 45 * 86_400_000).stale, false)
  assert.equal(prices.age(Date.parse(as_of) + 46 * 86_400_000).stale, true)
  assert.equal(prices.age(0).age_days, 0)
})

test('a thing that is no call has no price', () => {
  for (const call of [null, undefined, {}, { usage: {} }, { ...called('openai', 'gpt-4o', some), model: 7 }]) {
    assert.doesNotThrow(() => priced(call as never))
  }
})
