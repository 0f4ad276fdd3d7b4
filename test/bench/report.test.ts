import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aimsTable, between, markdown } from '../../bench/report.ts'

test('a block is written between its marks, again and again', () => {
  const text = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n'
  const once = between(text, 'bench', '| new |\n')
  assert.equal(once, 'before\n<!-- bench -->\n\n| new |\n\n<!-- /bench -->\nafter\n')
  assert.equal(between(once, 'bench', '| new |'), once)
})

test('a text without the marks stays as it is', () => {
  assert.equal(between('no marks', 'bench', 'block'), 'no marks')
  assert.equal(between('<!-- bench --> alone', 'bench', 'block'), '<!-- bench --> alone')
})

test('what missed its aim is shown as such', () => {
  const rows = aimsTable([
    { what: 'a', aim: '< 1', got: '0.5', met: true },
    { what: 'b', aim: '< 1', got: '2', met: false },
  ])
  assert.match(rows[2]!, /met/)
  assert.match(rows[3]!, /\*\*missed\*\*/)
  assert.match(markdown({ title: 'T', lines: [], aims: [], readme: [] }), /^## T\n/)
})
