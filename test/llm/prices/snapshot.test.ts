import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { calcPrice } from '@pydantic/genai-prices'
import { staleness } from '../../../scripts/fresh.ts'
import { installed, snapshot } from '../../../scripts/prices.ts'
import { Catalogue, type Found } from '../../../src/llm/prices/catalogue.ts'
import { AS_OF, FROM } from '../../../src/llm/prices/edition.ts'
import type { Kept } from '../../../src/llm/prices/kept.ts'
import { AUDITED, KEPT, overlay } from '../../../src/llm/prices/overlay.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { type Rates, ratesAt, type Row, type Table } from '../../../src/llm/prices/rates.ts'
import { SNAPSHOT } from '../../../src/llm/prices/snapshot.ts'
import { FEES, feeOf } from '../../../src/llm/prices/tools.ts'
import { unpack } from '../../../src/llm/prices/unpack.ts'
import { called, NOW } from './called.ts'

const table = unpack(SNAPSHOT)
const alone = new Prices()
const names = ({ match }: Row): string[] =>
  [match].flat().flatMap((one) => (typeof one === 'string' && one.startsWith('=') ? [one.slice(1)] : []))

before(() => alone.load())

test('the snapshot is what the installed catalogue makes; run scripts/prices.ts after an update', async () => {
  const kept = readFileSync(new URL('../../../src/llm/prices/snapshot.ts', import.meta.url), 'utf8')
  assert.ok(kept === (await snapshot()), 'src/llm/prices/snapshot.ts is of another catalogue')
  assert.equal(FROM, `@pydantic/genai-prices ${installed()}`)
})

test('it takes no more than 170 KB', () => {
  assert.ok(SNAPSHOT.length < 170_000, `${SNAPSHOT.length} bytes`)
})

test('every name in it costs what the catalogue itself says', () => {
  const timestamp = new Date(NOW)
  let compared = 0
  for (const [provider, rows] of table.rows) {
    for (const [row, name] of rows.flatMap((one) => names(one).map((each) => [one, each] as const))) {
      if (!row.terms.some(({ rates }) => rates['input'] !== undefined)) continue
      const call = called(provider, name, { input: 1000, cached: 300, output: 50 })
      if (alone.quote(call)?.source !== 'snapshot') continue
      const usage = { input_tokens: 1000, cache_read_tokens: 300, output_tokens: 50 }
      const theirs = calcPrice(usage, name, { providerId: provider, timestamp })?.total_price ?? Number.NaN
      const ours = alone.price(call).nano ?? Number.NaN
      assert.ok(Math.abs(ours - theirs * 1e9) <= 1, `${provider} ${name}: ${ours} and not ${theirs * 1e9}`)
      compared++
    }
  }
  assert.ok(compared > 1000, `${compared} compared`)
})

/** The row of the catalogue that means the same model. */
function catalogued(row: Kept, list: Table): Found[] {
  const catalogue = new Catalogue({ rows: new Map(), resold: new Map() }, list)
  return row.ids
    .flatMap((id) => catalogue.listed(row.provider, id) ?? [])
    .filter((found) => found.owner === row.provider)
}

const MOMENTS = ['2026-11-20T03:00Z', '2026-11-20T12:00Z', '2026-11-22T03:00Z', '2027-06-01T03:00Z'].map(Date.parse)
const ours = ({ terms }: Kept, time: number): Rates => ratesAt({ id: '', match: '', terms }, time)

/** What is wrong with a row that the catalogue has too. */
function complaint(row: Kept, list: Table): string | undefined {
  for (const found of catalogued(row, list)) {
    const differs = MOMENTS.some(
      (time) => JSON.stringify(sorted(ours(row, time))) !== JSON.stringify(sorted(ratesAt(found.row, time)))
    )
    if (!differs) return `${row.ids[0]} is in the catalogue with the same prices now: take the row out`
    if (row.why === undefined) return `${row.ids[0]} contradicts the catalogue: correct the row, or say why`
  }
  return undefined
}

const sorted = (rates: Rates): unknown => Object.entries(rates).toSorted(([a], [b]) => (a < b ? -1 : 1))

test('no row of ours contradicts the catalogue without a reason, or says what it says already', () => {
  assert.deepEqual(
    KEPT.flatMap((row) => complaint(row, table) ?? []),
    []
  )
})

test('a row that the catalogue has caught up with is told', () => {
  const [row] = KEPT.filter(({ ids }) => ids.includes('claude-haiku-5-5'))
  assert.ok(row)
  const later = (rates: Rates): Table => ({
    rows: new Map([['anthropic', [{ id: 'claude-haiku-5-5', match: '=claude-haiku-5-5', terms: [{ rates }] }]]]),
    resold: new Map(),
  })
  assert.match(complaint(row, later(ours(row, NOW))) ?? '', /take the row out/)
  assert.match(complaint(row, later({ input: 0.2, output: 1 })) ?? '', /contradicts/)
  assert.equal(complaint({ ...row, why: 'the catalogue is late' }, later({ input: 0.2, output: 1 })), undefined)
})

test('the fees of tools are those of the catalogue where it has them', () => {
  for (const [owner, rows] of table.rows) {
    for (const tool of ['web_search', 'file_search']) {
      const fee = feeOf(owner, tool)
      for (const row of fee === undefined ? [] : rows) {
        for (const { rates } of row.terms)
          assert.ok(rates[tool] === undefined || rates[tool] === fee, `${owner} ${row.id}`)
      }
    }
  }
})

test('each row of ours has a source and a day', () => {
  for (const row of [...KEPT, ...FEES]) {
    assert.match(row.source, /^https:\/\//)
    assert.match(row.date, /^20\d\d-\d\d-\d\d$/)
    assert.ok(row.date <= AUDITED, `${row.source}: ${row.date}`)
  }
  assert.match(AS_OF, /^20\d\d-\d\d-\d\d$/)
})

test('no model stands in two rows of ours', () => {
  for (const [provider, rows] of overlay().rows) {
    const all = rows.flatMap(names)
    assert.equal(new Set(all).size, all.length, provider)
  }
})

test('a release with old prices is refused, an old checkout is not', () => {
  const ages = { now: NOW, asOf: '2026-11-01', version: '1.0.0', newest: '1.0.0', audited: '2026-11-01' }
  assert.equal(staleness(ages), undefined)
  assert.match(staleness({ ...ages, newest: '1.0.1' }) ?? '', /there is 1\.0\.1/)
  assert.equal(staleness({ ...ages, asOf: '2026-09-23' }), undefined)
  assert.match(staleness({ ...ages, asOf: '2026-09-23', audited: '2026-10-01' }) ?? '', /58 days old/)
  assert.equal(staleness({ ...ages, audited: '2020-01-01' }), undefined)
})
