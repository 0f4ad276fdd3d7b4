import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sum } from '../../src/core/sum.ts'

/** The exact sum as a fraction over 2^1074, rounded to a double by BigInt arithmetic alone. */
function exact(values: readonly number[]): bigint {
  return values.reduce((sum, value) => sum + scaled(value), 0n)
}

function scaled(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n
  const size = mantissa << BigInt(Math.max(exponent - 1, 0))
  return value < 0 ? -size : size
}

function sumOf(values: readonly number[]): Sum {
  const sum = new Sum()
  for (const value of values) sum.add(value)
  return sum
}

const numbers = fc.array(fc.double({ min: -1e250, max: 1e250, noNaN: true }), { maxLength: 40 })

test('the parts add up to exactly what was added', () => {
  fc.assert(
    fc.property(numbers, (values) => assert.equal(exact(sumOf(values).parts()), exact(values))),
    { numRuns: 500 }
  )
})

test('the value is the first part, within half a unit of the exact sum', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const sum = sumOf(values)
      const [head, ...rest] = sum.parts()
      assert.equal(sum.value, head)
      const next = rest[0] ?? 0
      assert.ok(Math.abs(next) <= Math.abs(head!) * 2 ** -53)
    })
  )
})

test('the order and the grouping of additions do not matter, to the bit', () => {
  fc.assert(
    fc.property(numbers, fc.nat(), fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (values, cut, keys) => {
      const shuffled = values.map((value, i) => [keys[i]!, value] as const).sort((a, b) => a[0] - b[0])
      const at = cut % (values.length + 1)
      const left = sumOf(shuffled.slice(0, at).map(([, value]) => value))
      left.merge(sumOf(shuffled.slice(at).map(([, value]) => value)))
      assert.deepEqual(left.parts(), sumOf(values).parts())
    }),
    { numRuns: 500 }
  )
})

test('a million payments of ten cents are a hundred thousand, to the cent', () => {
  const sum = new Sum()
  for (let i = 0; i < 1_000_000; i++) sum.add(0.1)
  assert.equal(sum.value.toFixed(6), '100000.000000')
})

test('what cancels out leaves nothing behind', () => {
  assert.deepEqual(sumOf([1e100, 1, -1e100, 1e-100, -1, -1e-100]).parts(), [0])
})

test('halves are rounded to even when a smaller part decides', () => {
  assert.equal(sumOf([2 ** 53, 1, 2 ** -60]).value, 2 ** 53 + 2)
  assert.equal(sumOf([2 ** 53, 1, -(2 ** -60)]).value, 2 ** 53)
  assert.equal(sumOf([-(2 ** 53), -1, -(2 ** -60)]).value, -(2 ** 53) - 2)
})
