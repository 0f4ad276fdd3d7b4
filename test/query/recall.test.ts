import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { KEPT, type Tier } from '../../src/core/tiers.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { Recall, type Recalled } from '../../src/query/recall.ts'
import type { BoxSelector } from '../../src/storage/driver.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { type Definition, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-recall-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Three days of sales in a file, sealed, and who remembers and who does not; `read` counts readings of sealed boxes. */
async function stored(name: string, kept: Readonly<Record<Tier, number>> = KEPT) {
  const driver = sqlite(join(folder, name))
  await driver.open()
  const world = new World(driver, 'UTC', kept)
  const sale = (i: number) => ({ metric: SALES, labels: { plan: `p${i % 3}` }, value: i, at: NOW - i * 11 * MINUTE })
  const sales = Array.from({ length: 400 }, (_, i) => sale(i))
  await world.put('one', sales)
  await world.seal(NOW)
  const seen = { read: 0 }
  const boxes = (selector: BoxSelector) => {
    if (selector.which === 'sealed') seen.read++
    return driver.boxes(selector)
  }
  const watched = new Proxy(driver, {
    get(target, key) {
      const value: unknown = key === 'boxes' ? boxes : Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { driver, seen, world: new World(watched, 'UTC', kept), plain: new World(driver, 'UTC', kept, false) }
}

const QUERIES = [
  'metric=sales&from=3d&agg=sum,count,last&group_by=day&tz=Asia/Kathmandu',
  'metric=sales&from=3d&agg=p95,sum&group_by=day,plan&tz=Europe/Berlin',
  'metric=sales&from=2d&agg=count&group_by=hour&compare=previous',
  'metric=sales&from=3d&agg=sum&group_by=day,plan&nothing=such',
]

test('sealed boxes are neither read nor chosen again while none has changed, whatever is recorded', async () => {
  const { driver, seen, world, plain } = await stored('again.db')
  for (const query of QUERIES) {
    const first = await world.ask(query, NOW)
    assert.deepEqual(first, await plain.ask(query, NOW), query)
    seen.read = 0
    assert.deepEqual(await world.ask(query, NOW + 1_000), await plain.ask(query, NOW + 1_000), query)
    assert.equal(seen.read, 0, query)
  }
  // One box of a minute that is sealed already and of a writer that is listed there, one that is new.
  for (const writer of ['one', 'two']) {
    const late = [{ metric: SALES, labels: { plan: 'p9' }, value: 7, at: NOW - 11 * MINUTE * 40 }]
    await world.put(writer, late)
    for (const query of QUERIES) assert.deepEqual(await world.ask(query, NOW), await plain.ask(query, NOW), query)
  }
  await driver.close()
})

test('time that goes by, sealing and deleting are seen', async () => {
  const kept = { ...KEPT, '1m': 6 * HOUR, '15m': 2 * DAY, '1h': 30 * DAY }
  const { driver, world, plain } = await stored('time.db', kept)
  const query = 'metric=sales&from=2026-11-20&to=2026-11-22T10:37:20Z&agg=sum&group_by=day&tz=Asia/Kathmandu'
  const same = async (at: number): Promise<string> => {
    const answer = await world.ask(query, at)
    assert.deepEqual(answer, await plain.ask(query, at), `${at - NOW}`)
    return JSON.stringify(answer)
  }
  for (const later of [0, 1_000, MINUTE, 2 * DAY, 3 * DAY, 29 * DAY, 31 * DAY]) await same(NOW + later)
  for (const tier of ['1m', '15m', '1h'] as const) {
    await driver.prune(tier, NOW - DAY)
    await same(NOW + 31 * DAY)
    assert.match(await same(NOW + 31 * DAY), tier === '1h' ? /they count where they start/ : /./)
  }
  await world.seal(NOW + DAY)
  for (const all of QUERIES) assert.deepEqual(await world.ask(all, NOW), await plain.ask(all, NOW), all)
  await driver.close()
})

test('what is kept is of one version, and bounded', () => {
  const recall = new Recall()
  const recalled = (size: number, windows: number = 1): Recalled => {
    const window = { start: 0, end: MINUTE, final: true, contents: [] }
    const part = { groups: [], seen: null, overflow: false, nameless: false, size }
    return { windows: Array.from({ length: windows }, () => window), part, warnings: [] }
  }
  const some = recalled(10)
  assert.equal(recall.get(undefined, 'a'), undefined)
  recall.set(undefined, 'a', some)
  assert.equal(recall.get(undefined, 'a'), undefined, 'a driver that says nothing may have changed')
  assert.equal(recall.get('1', 'a'), undefined)
  recall.set('1', 'a', some)
  recall.set('0', 'b', some)
  assert.equal(recall.get('1', 'a'), some)
  assert.equal(recall.get('1', 'b'), undefined, 'read before what is known now')
  recall.set('1', 'large', recalled(1e6))
  recall.set('1', 'long', recalled(1, 1e6))
  assert.equal(recall.get('1', 'large') ?? recall.get('1', 'long'), undefined)
  recall.set('1', 'c', recalled(1_995))
  assert.equal(recall.get('1', 'a'), undefined)
  assert.ok(recall.get('1', 'c'))
  assert.equal(recall.get('2', 'c'), undefined)
  for (let i = 0; i < 9; i++) recall.set('2', `${i}${' '.repeat(500_000)}`, some)
  assert.equal(recall.get('2', `0${' '.repeat(500_000)}`), undefined)
  assert.equal(recall.get('2', `8${' '.repeat(500_000)}`), some, 'long questions are bounded, too')
})
