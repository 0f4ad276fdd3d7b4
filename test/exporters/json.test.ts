import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonText, ndjsonText } from '../../src/exporters/json.ts'

const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, label: 'x'.repeat(50), value: null }))
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

test('rows in an envelope, bare and one on a line are the same rows', async () => {
  assert.deepEqual(JSON.parse(text(await jsonText({ total: 3 }, rows))), { total: 3, data: rows })
  assert.deepEqual(JSON.parse(text(await jsonText(undefined, rows))), rows)
  const lines = text(await ndjsonText(rows)).split('\n')
  assert.equal(lines.pop(), '')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    rows
  )
})

test('no rows are an empty list', async () => {
  assert.equal(text(await jsonText({ total: 0 }, [])), '{"total":0,"data":[]}\n')
  assert.equal(text(await jsonText(undefined, [])), '[]\n')
  assert.equal(text(await ndjsonText([])), '')
})

test('writing many rows lets others have their turn', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  for (let i = 0; i < 5; i++) await jsonText(undefined, rows)
  clearInterval(counting)
  assert.ok(turns > 3, `${turns} turns`)
})
