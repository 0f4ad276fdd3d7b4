import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Ended } from '../../src/collectors/ended.ts'
import type { Exchange } from '../../src/collectors/exchange.ts'

const EXCHANGE = fc.record<Exchange>(
  {
    status: fc.integer({ min: 100, max: 999 }),
    elapsed: fc.double({ noNaN: true, min: 0, max: 1e9 }),
    ttfb: fc.double({ noNaN: true, min: -1, max: 1e9 }),
    requestBytes: fc.oneof(fc.constant(-1), fc.nat()),
    responseBytes: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
    aborted: fc.boolean(),
    stream: fc.boolean(),
    cut: fc.boolean(),
    blocked: fc.double({ noNaN: true, min: 0, max: 1e6 }),
  },
  { noNullPrototype: true }
)
const ENDED = fc.record(
  { endpoint: fc.string(), recorder: fc.string(), exchange: EXCHANGE, at: fc.maxSafeNat() },
  { noNullPrototype: true }
)

test('what ended is handed on once, whole and in order, however often it is drained', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ENDED, fc.boolean()), { maxLength: 300 }), (steps) => {
      const ended = new Ended<string, string>()
      const taken: unknown[] = []
      const drain = (): void =>
        ended.drain((endpoint, recorder, exchange, at) =>
          taken.push({ endpoint, recorder, exchange: { ...exchange }, at })
        )
      for (const [{ endpoint, recorder, exchange, at }, early] of steps) {
        if (ended.add(endpoint, recorder, exchange, at) || early) drain()
        assert.ok(ended.size < 64)
      }
      drain()
      assert.equal(ended.size, 0)
      assert.deepEqual(
        taken,
        steps.map(([one]) => one)
      )
    })
  )
})

test('what comes while others are counted waits for the next time, and what cannot be counted holds up nobody after it', () => {
  const ended = new Ended<string, string>()
  const exchange: Exchange = {
    status: 200,
    elapsed: 1,
    ttfb: 1,
    requestBytes: 1,
    responseBytes: 1,
    aborted: false,
    stream: false,
    cut: false,
  }
  ended.add('one', '', exchange, 1)
  assert.throws(() =>
    ended.drain(() => {
      ended.add('two', '', exchange, 2)
      throw new Error('broken')
    })
  )
  const taken: [string, number | undefined][] = []
  ended.drain((endpoint, _, { blocked }) => taken.push([endpoint, blocked]))
  assert.deepEqual(taken, [['two', 0]])
})
