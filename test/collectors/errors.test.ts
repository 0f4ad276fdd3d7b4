import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCollector } from '../../src/collectors/errors.ts'
import { fakeClock } from '../../src/testing.ts'

test('what is kept of an error is whole text, wherever it was cut', () => {
  const errors = new ErrorCollector(fakeClock(), 'web-1')
  const long = `${'x'.repeat(499)}👩`
  for (const thrown of [new Error(long), long, new Error('half \ud83d'), { half: '\udc69' }])
    errors.record(thrown, {}, null)
  const kept = errors.drain()
  assert.equal(kept.length, 4)
  for (const { fields } of kept) {
    for (const text of [fields.message, fields.stack, fields.frame]) {
      assert.ok(typeof text !== 'string' || text.isWellFormed(), JSON.stringify(text))
    }
  }
  assert.equal(String(kept[0]?.fields.message).length, 500)
})
