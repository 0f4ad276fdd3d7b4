import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import type { Call, Usage } from '../../../src/llm/call.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { called, prices } from './called.ts'

before(() => prices.load())

const whole = fc.nat({ max: 50_000 })
/** A usage whose parts make its whole. */
const usage = fc
  .record({ plain: whole, cached: whole, write5m: whole, write1h: whole, output: whole, reasoning: whole })
  .map(({ plain, cached, write5m, write1h, output, reasoning }) => ({
    input: plain + cached + write5m + write1h,
    cached,
    write5m,
    write1h,
    output: output + reasoning,
    reasoning,
  }))
const known = fc.constantFrom(
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-6.1-sol'],
  ['openai', 'gpt-5-mini'],
  ['anthropic', 'claude-opus-5-5'],
  ['google', 'gemini-2.5-flash'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0']
) as fc.Arbitrary<[string, string]>

const odd = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(undefined, null, 'many', Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 60, 1e308)
)
const anyUsage = fc.record(
  Object.fromEntries(
    [
      'input',
      'cached',
      'write5m',
      'write1h',
      'inputAudio',
      'cachedAudio',
      'inputImage',
      'output',
      'reasoning',
      'outputAudio',
      'outputImage',
    ].map((field) => [field, odd])
  )
)
const names = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'openai',
    'anthropic',
    'google',
    'groq',
    'gpt-4o',
    'claude-haiku-5-5',
    'whisper-1',
    '__proto__',
    'constructor'
  )
)
const anyCall = fc.record({
  provider: names,
  model: names,
  requestedModel: names,
  usage: fc.oneof(
    fc.constant(null),
    fc.tuple(anyUsage, fc.dictionary(names, odd), fc.dictionary(names, odd)).map(([numbers, tools, units]) => ({
      ...numbers,
      tools: new Map(Object.entries(tools)),
      units: new Map(Object.entries(units)),
    }))
  ),
  tier: fc.oneof(names, fc.constantFrom('batch', 'priority', 'fast')),
  region: names,
  host: names,
  time: fc.oneof(fc.integer(), odd),
  reported: fc.oneof(fc.constant(null), odd),
  estimated: fc.boolean(),
  incomplete: fc.boolean(),
  status: fc.nat(600),
  outcome: fc.constantFrom('ok', 'error', 'aborted'),
})

test('whatever a call is, its price is a whole number from 0 or null, and nothing throws', () => {
  fc.assert(
    fc.property(anyCall, (call) => {
      const price = prices.price(call as unknown as Call)
      if (price.nano === null) return price.pricing === 'unpriced' && price.source === 'none'
      return Number.isSafeInteger(price.nano) && price.nano >= 0 && price.tools >= 0 && price.tools <= price.nano
    }),
    { numRuns: 2000 }
  )
})

test('more tokens never cost less', () => {
  const more = fc.constantFrom<('input' | 'output')[]>('input', 'output')
  fc.assert(
    fc.property(known, usage, more, whole, ([provider, model], used, kind, extra) => {
      const after: Partial<Usage> = { ...used, [kind]: used[kind] + extra }
      const [a, b] = [used, after].map((one) => prices.price(called(provider, model, one)).nano ?? 0)
      return (b ?? 0) >= (a ?? 0)
    })
  )
})

test('within one tier two calls cost what they cost together, to half a nano-dollar each', () => {
  const sum = (a: Partial<Usage>, b: Partial<Usage>): Partial<Usage> =>
    Object.fromEntries(Object.entries(a).map(([key, value]) => [key, (value as number) + (b[key as 'input'] ?? 0)]))
  fc.assert(
    fc.property(known, usage, usage, ([provider, model], a, b) => {
      const both = sum(a, b)
      if ((both.input ?? 0) > 100_000) return
      const nano = (one: Partial<Usage>): number => prices.price(called(provider, model, one)).nano ?? Number.NaN
      assert.ok(Math.abs(nano(a) + nano(b) - nano(both)) <= 1.5)
    })
  )
})

test('a price of your own costs tokens times price, exactly', async () => {
  const cents = fc.nat({ max: 100_000 }).map((value) => value / 1000)
  await fc.assert(
    fc.asyncProperty(
      cents,
      cents,
      fc.nat({ max: 10_000_000 }),
      fc.nat({ max: 10_000_000 }),
      async (input, output, i, o) => {
        const own = new Prices({ overrides: { mine: { input, output } } })
        const exact =
          (BigInt(Math.round(input * 1e9)) * BigInt(i) + BigInt(Math.round(output * 1e9)) * BigInt(o)) / 1_000_000n
        const { nano } = own.price(called('x', 'mine', { input: i, output: o }))
        assert.ok(BigInt(nano ?? -1) - exact <= 1n && BigInt(nano ?? -1) - exact >= 0n)
      }
    ),
    { numRuns: 200 }
  )
})
