import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine, csvTime } from '../../src/exporters/csv.ts'

/** RFC 4180, by the letter: what a spreadsheet reads. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let [row, cell, quoted]: [string[], string, boolean] = [[], '', false]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted && char === '"' && text[at + 1] === '"') [cell, at] = [`${cell}"`, at + 1]
    else if (char === '"') quoted = !quoted
    else if (quoted) cell += char
    else if (char === ',') [row, cell] = [[...row, cell], '']
    else if (char === '\r' && text[at + 1] === '\n')
      [rows[rows.length], row, cell, at] = [[...row, cell], [], '', at + 1]
    else cell += char
  }
  assert.equal(cell + row.join(''), '', 'ends with a line end')
  return rows
}

test('S15 nothing in a cell can run, and negative numbers are still numbers', () => {
  const line = csvLine([
    '=HYPERLINK("http://x")',
    '@SUM(1)',
    '+1',
    '-1',
    '\tcmd',
    '\rcmd',
    '\ncmd',
    -4.5,
    1e21,
    true,
    null,
    '',
  ])
  assert.deepEqual(parse(line), [
    [
      '\'=HYPERLINK("http://x")',
      "'@SUM(1)",
      "'+1",
      "'-1",
      "'\tcmd",
      "'\rcmd",
      "'\ncmd",
      '-4.5',
      '1e+21',
      'true',
      '',
      '',
    ],
  ])
})

test('S15 R19 any cells come back as they went, but for the guard', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"b', 'a,b', 'a\r\nb', '"', ' a ', '""', "'"))
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.oneof(text, fc.double({ noNaN: true })), { minLength: 2, maxLength: 4 }), { minLength: 1 }),
      (rows) => {
        const parsed = parse(rows.map(csvLine).join(''))
        const expected = rows.map((row) =>
          row.map((cell) => (typeof cell === 'string' && /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : String(cell)))
        )
        assert.deepEqual(parsed, expected)
      }
    )
  )
})

test('R19 times are those of their own offset, as spreadsheets read them', () => {
  assert.equal(csvTime('2026-11-16T00:00:00+01:00'), '2026-11-16 00:00:00')
  assert.equal(csvTime('2026-11-16T23:59:59Z'), '2026-11-16 23:59:59')
})
