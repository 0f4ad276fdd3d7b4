import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matches, meets } from '../../src/query/filters.ts'

test('a star matches any run of characters, in time that does not explode', () => {
  const regular = (pattern: string) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[.\\]/g, '\\$&'))
        .join('[^]*')}$`
    )
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 12 })
  fc.assert(
    fc.property(text, text, (value, pattern) => assert.equal(matches(value, pattern), regular(pattern).test(value)))
  )
  const started = performance.now()
  assert.equal(matches('a'.repeat(256), `${'a*'.repeat(120)}b`), false)
  assert.ok(performance.now() - started < 5_000)
})

test('a status class follows from the status, and 499 is an aborted request', () => {
  const labels = new Map([['status', '499']])
  assert.ok(meets(labels, { label: 'status_class', values: ['aborted'], not: false }))
  assert.ok(meets(labels, { label: 'status_class', values: ['4xx'], not: true }))
  assert.ok(meets(labels, { label: 'plan', values: [''], not: false }), 'a label that is missing is empty')
})
