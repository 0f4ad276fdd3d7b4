import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, MINUTE } from '../../src/core/time.ts'
import { memory } from '../../src/storage/memory.ts'
import { LocalStore } from '../../src/store.ts'
import { type Definition, namesOf, type Observation, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }
const observations: Observation[] = Array.from({ length: 100 }, (_, i) => ({
  metric: SALES,
  labels: { plan: i % 2 === 0 ? 'pro' : 'free' },
  value: 1 + i,
  at: NOW - i * 9 * MINUTE,
}))

interface Told {
  readonly data: readonly { readonly plan: string | null; readonly value: number }[]
  readonly data_incomplete?: boolean
  readonly warning: string | null
}

/** A store that has lost the names of labels, as a standby that lacks the last of them, and what is asked of it. */
async function behind(): Promise<{ driver: ReturnType<typeof memory>; ask: (query: string) => Promise<Told> }> {
  const driver = memory()
  await driver.open()
  const world = new World(driver)
  await world.put('one', observations)
  await world.seal(NOW - 60 * MINUTE)
  await driver.prune('names', NOW)
  const names = namesOf(observations).filter(({ text }) => text.includes('"metric"'))
  await driver.put({ boxes: [], names, events: [], time: NOW })
  const store = new LocalStore(driver, { writer: 'a', timezone: 'UTC', kept: KEPT, events: DAY, maxSize: 1e8 })
  const ask = async (query: string): Promise<Told> => {
    const params = [...new URLSearchParams(query)]
    const { body } = await store.answer({ route: 'query', params, url: '', accept: '', now: NOW, facts: {} })
    return JSON.parse(Buffer.from(body).toString()) as Told
  }
  return { driver, ask }
}

for (const agg of ['sum', 'p95', 'count']) {
  test(`an answer says that names of labels are missing, and no longer once they are told again (${agg})`, async () => {
    const { driver, ask } = await behind()
    const query = `metric=sales&from=2d&agg=${agg}&group_by=plan`
    for (let round = 0; round < 2; round++) {
      const without = await ask(query)
      assert.equal(without.data_incomplete, true)
      assert.match(without.warning ?? '', /lost the names of some labels/)
      assert.deepEqual(
        without.data.map(({ plan }) => plan),
        [null]
      )
    }
    await driver.put({ boxes: [], names: namesOf(observations), events: [], time: NOW })
    const named = await ask(query)
    assert.equal(named.data_incomplete, undefined)
    assert.equal(named.warning, null)
    assert.deepEqual(new Set(named.data.map(({ plan }) => plan)), new Set(['pro', 'free']))
  })
}

test('an answer that a filter narrows says so, too: what has no name may have met it', async () => {
  const { ask } = await behind()
  assert.equal((await ask('metric=sales&from=2d&agg=sum&plan=pro')).data_incomplete, true)
})

test('an answer without such series says nothing of them', async () => {
  const { ask } = await behind()
  assert.equal((await ask('metric=http_requests&from=2d')).data_incomplete, undefined)
})
