import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AS_OF } from '../../../src/llm/prices/edition.ts'
import { PriceList } from '../../../src/llm/prices/list.ts'
import { MetricsError } from '../../../src/errors.ts'
import { called } from './called.ts'

const NOW = Date.parse(AS_OF) + 50 * 86_400_000

test('before the first call only the age of the prices is known', async () => {
  const list = new PriceList({ overrides: { 'my-model': { input: 1 } } })
  const age = list.age(NOW)
  assert.deepEqual([age.as_of, age.age_days, age.stale, age.overrides], [AS_OF, 50, true, 1])
  const call = called('openai', 'gpt-4o', { input: 1_000_000 })
  assert.equal(list.price(call).nano, null)
  await list.load()
  assert.equal(list.price(call).nano, 2_500_000_000)
  assert.equal(list.price(called('openai', 'my-model', { input: 1_000_000 })).nano, 1_000_000_000)
  assert.deepEqual(list.age(NOW), age)
})

test('prices of your own are checked at once', () => {
  assert.throws(
    () => new PriceList({ overrides: { 'my-model': { input: -1 } } }),
    (error) => error instanceof MetricsError && error.code === 'bad_option'
  )
})
