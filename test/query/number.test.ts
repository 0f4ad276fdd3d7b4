import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fourDigits } from '../../src/query/number.ts'

test('four digits are those that a text of four digits has, for any double', () => {
  const any = fc.double({ noNaN: true, noDefaultInfinity: true })
  const usual = fc.double({ noNaN: true, min: -1e9, max: 1e9 })
  fc.assert(
    fc.property(fc.oneof(any, usual), (value) => Object.is(fourDigits(value), Number(value.toPrecision(4)))),
    { numRuns: 20_000 }
  )
})

test('four digits are right at halves, at powers of ten, and beside either', () => {
  for (let power = -320; power <= 307; power++) {
    for (const digits of ['1', '9.9995', '9.9994999999999999', '1.0005', '1.2345', '1.00049999999999999', '5.5555']) {
      const value = Number(`${digits}e${power}`)
      for (const near of [value, value * (1 + 2 ** -52), value * (1 - 2 ** -53), -value]) {
        assert.ok(Object.is(fourDigits(near), Number(near.toPrecision(4))), `${near}`)
      }
    }
  }
})
