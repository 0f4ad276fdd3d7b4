import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnused } from '../../../src/llm/call.ts'
import { readManual } from '../../../src/llm/manual.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 30)
const gpt = { provider: 'openai', model: 'gpt-4o' }

function usage(given: object): unknown {
  const read = readManual({ ...gpt, ...given }, NOW)
  if (typeof read === 'string') return read
  const { input, cached, write5m, output, reasoning } = read.usage ?? assert.fail('no usage')
  return [input, cached, write5m, output, reasoning]
}

test('tokens may be given by themselves, together, or as an SDK calls them', () => {
  const tokens = { input: 1000, cached: 200, cacheWrite: 100, output: 500, reasoning: 50 }
  assert.deepEqual(usage({ tokens }), [1000, 200, 100, 500, 50])
  assert.deepEqual(usage(tokens), [1000, 200, 100, 500, 50])
  assert.deepEqual(usage({ usage: { prompt_tokens: 7, completion_tokens: 3 } }), [7, 0, 0, 3, 0])
  assert.deepEqual(
    usage({ inputTokens: 7, cachedInputTokens: 2, outputTokens: 3, reasoningTokens: 1 }),
    [7, 2, 0, 3, 1]
  )
})

test('a cost that is known stands without tokens, and beside them', () => {
  const read = readManual({ ...gpt, usd: 0.25 }, NOW)
  assert.ok(typeof read !== 'string')
  assert.deepEqual([read.reported, read.usage, read.time, read.outcome], [0.25, null, NOW, 'ok'])
  const both = readManual(
    { ...gpt, usd: 0, tokens: { input: 5 }, time: new Date(5), outcome: 'error', status: 500 },
    NOW
  )
  assert.ok(typeof both !== 'string')
  assert.deepEqual([both.reported, both.usage?.input, both.time, both.outcome, both.status], [0, 5, 5, 'error', 500])
})

test('a call that failed needs neither: nothing was used', () => {
  for (const status of [undefined, 0, 429]) {
    const read = readManual({ ...gpt, outcome: 'error', ...(status !== undefined && { status }) }, NOW)
    assert.ok(typeof read !== 'string')
    assert.deepEqual([read.usage, read.reported, isUnused(read)], [null, null, true])
  }
})

const WRONG: readonly (readonly [given: unknown, says: RegExp])[] = [
  [undefined, /undefined is no call/],
  ['gpt-4o', /the text 'gpt-4o' is no call/],
  [{ model: 'gpt-4o', usd: 1 }, /provider is undefined/],
  [{ provider: ' ', model: 'gpt-4o', usd: 1 }, /provider is the text/],
  [{ provider: 'openai', model: 5, usd: 1 }, /model is 5/],
  [gpt, /neither tokens nor usd/],
  [{ ...gpt, tokens: {} }, /neither tokens nor usd/],
  [{ ...gpt, outcome: 'aborted' }, /neither tokens nor usd/],
  [{ ...gpt, outcome: 'error', status: 200 }, /neither tokens nor usd/],
  [{ ...gpt, tokens: { input: -1 } }, /input is -1/],
  [{ ...gpt, tokens: { input: 1.5 } }, /input is 1.5/],
  [{ ...gpt, tokens: { input: NaN } }, /input is NaN/],
  [{ ...gpt, tokens: { input: Infinity } }, /input is Infinity/],
  [{ ...gpt, tokens: { output: '7' } }, /output is the text '7'/],
  [{ ...gpt, tokens: { input: 10, cached: 8, cacheWrite: 5 } }, /part of the input/],
  [{ ...gpt, tokens: { output: 10, reasoning: 11 } }, /part of the output/],
  [{ ...gpt, usd: -1 }, /usd is -1/],
  [{ ...gpt, usd: '1' }, /usd is the text '1'/],
  [{ ...gpt, usd: NaN }, /usd is NaN/],
  [{ ...gpt, usd: 1, time: 'yesterday' }, /time is the text/],
  [{ ...gpt, usd: 1, time: new Date(NaN) }, /time is an object/],
]

for (const [given, says] of WRONG) {
  test(`refused: ${JSON.stringify(given) ?? 'undefined'}`, () => {
    const read = readManual(given, NOW)
    assert.ok(typeof read === 'string')
    assert.match(read, says)
  })
}
