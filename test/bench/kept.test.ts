import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { format, resolveConfig } from 'prettier'
import { markdown, type Section } from '../../bench/report.ts'
import { root } from '../examples/world.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const kept = JSON.parse(read('bench/results.json')) as [string, { readonly section: Section; readonly date: string }][]

test('RESULTS.md says what was measured, section by section', async () => {
  const style = await resolveConfig(join(root, 'bench', 'RESULTS.md'))
  const results = read('bench/RESULTS.md')
  for (const [name, { section, date }] of kept) {
    const text = await format(`${markdown(section)}\nMeasured on ${date}.\n`, { ...style, parser: 'markdown' })
    assert.ok(results.includes(text), `${name}: node bench/run.ts --table`)
  }
})

function cells(row: string): string {
  return row
    .split('|')
    .map((cell) => cell.trim())
    .join('|')
}

test('README says of each section what it has for readers', () => {
  const readme = new Set(read('README.md').split('\n').map(cells))
  const missing = kept.flatMap(([, { section }]) => section.readme).filter((row) => !/^[|-]*$/.test(cells(row)))
  assert.deepEqual(
    missing.filter((row) => !readme.has(cells(row))),
    []
  )
})

test('other pages have their tables, between the marks', () => {
  for (const [, { section }] of kept) {
    for (const [page, rows] of Object.entries(section.pages ?? {})) {
      const text = read(page)
      const block = text.slice(text.indexOf('<!-- bench -->'), text.indexOf('<!-- /bench -->'))
      const found = new Set(block.split('\n').map(cells))
      assert.deepEqual(
        rows.map(cells).filter((row) => !/^[|-]*$/.test(row) && !found.has(row)),
        [],
        page
      )
    }
  }
})
