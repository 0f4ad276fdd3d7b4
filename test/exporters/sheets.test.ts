import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sheets } from '../../src/exporters/sheets.ts'

function taken(sheets: Sheets): string {
  const taking = sheets.take()
  for (;;) {
    const step = taking.next()
    if (step.done === true) return new TextDecoder().decode(step.value)
  }
}

test('texts and counts come out as they went in, over any number of sheets', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.maxSafeNat(),
    fc.nat(),
    fc.double({ noNaN: true }),
    fc.constant('x'.repeat(200_000))
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const sheets = new Sheets()
      for (const one of parts) {
        sheets.room(24)
        if (typeof one === 'number') sheets.count(one)
        else sheets.text(one)
      }
      assert.equal(taken(sheets), parts.map(String).join(''))
      assert.equal(taken(sheets), '')
    }),
    { numRuns: 50 }
  )
})

test('what stands on a sheet is written once more, bytes as well', () => {
  const sheets = new Sheets()
  sheets.text('before ')
  const from = sheets.room(100)
  sheets.text('größe ')
  const to = sheets.room(0)
  sheets.bytes(Uint8Array.of(49, 10))
  sheets.again(from, to)
  assert.equal(taken(sheets), 'before größe 1\ngröße ')
})
