import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE } from '../../src/core/time.ts'
import { memory } from '../../src/storage/memory.ts'
import { type Definition, type Observation, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const MINUTE_OF_TROUBLE = Date.parse('2026-11-22T09:00:00Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }
const QUESTIONS = ['sum', 'count', 'max', 'p50'].flatMap((agg) =>
  ['', '&group_by=plan', '&group_by=hour', '&group_by=15m&plan=pro'].map(
    (rest) => `metric=sales&agg=${agg}&from=3h${rest}`
  )
)

function sale(second: number): Observation {
  const plan = second % 3 === 0 ? 'pro' : 'team'
  return { metric: SALES, labels: { plan }, value: 2 ** (second % 30), at: MINUTE_OF_TROUBLE + second * 1_000 }
}

async function world(): Promise<World> {
  const driver = memory()
  await driver.open()
  return new World(driver)
}

const answers = (store: World): Promise<unknown[]> =>
  Promise.all(
    QUESTIONS.map(async (query) => {
      const { rows, envelope } = await store.ask(query, NOW)
      return [query, rows, envelope['total']]
    })
  )

test('a writer that was taken for dead and goes on is in every answer before its minute is sealed again', async () => {
  const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(seconds, fc.nat(20), seconds, fc.boolean(), async (all, first, others, final) => {
      const store = await world()
      await store.put('other', others.map(sale))
      if (first > 0) await store.put('late', all.slice(0, first).map(sale), false)
      await store.seal(NOW)
      await store.put('late', all.map(sale), final)
      const before = await answers(store)
      const whole = await world()
      await whole.put('other', others.map(sale))
      await whole.put('late', all.map(sale))
      assert.deepEqual(before, await answers(whole))
      await store.seal(NOW)
      assert.deepEqual(await answers(store), before)
    }),
    { numRuns: 40 }
  )
})

test('what a sealed minute has whole is not given again, though its writer puts it once more', async () => {
  const store = await world()
  const sales = [1, 2, 3].map(sale)
  await store.put('a', sales)
  await store.seal(NOW)
  const before = await answers(store)
  await store.put('a', sales)
  assert.deepEqual(await answers(store), before)
  assert.equal((await store.ask('metric=sales&agg=count&from=3h', NOW + MINUTE)).envelope['total'], 3)
})
