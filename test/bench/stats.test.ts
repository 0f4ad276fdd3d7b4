import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, median, quantile, short, spread } from '../../bench/stats.ts'

test('a median is the middle, or between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('a quantile lies between neighbours by proportion', () => {
  assert.equal(quantile([0, 10], 0.25), 2.5)
  assert.equal(quantile([5], 0.99), 5)
})

test('a spread is the middle half and does not mind one launch that went wrong', () => {
  assert.deepEqual(spread([1, 2, 3, 4, 1000]), { median: 3, low: 2, high: 4, count: 5 })
})

test('numbers are short and never written with an exponent', () => {
  assert.deepEqual([0.1234, 12.34, 123.4, 1_234_567].map(short), ['0.12', '12.3', '123', '1,234,567'])
  assert.equal(short(Number.NaN), '–')
  assert.deepEqual([12, 1_500, 2_500_000].map(bytes), ['12 bytes', '1.50 kB', '2.50 MB'])
})
