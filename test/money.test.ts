import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KEPT, TIERS } from '../src/core/tiers.ts'
import { DAY, HOUR, MINUTE, systemClock } from '../src/core/time.ts'
import { Metrics } from '../src/index.ts'
import { all } from '../src/storage/cases/ground.ts'
import { memory, MemoryStore } from '../src/storage/memory.ts'
import { LocalStore } from '../src/store.ts'

interface Body {
  readonly total: number
  readonly data: readonly Readonly<Record<string, unknown>>[]
}

/** The store as a process sees it that comes later. */
function later(store: MemoryStore) {
  const options = { writer: 'later', timezone: 'Asia/Kathmandu', kept: KEPT, events: DAY, maxSize: 1e9 }
  const local = new LocalStore(memory({ store }), options)
  const ask = async (params: Readonly<Record<string, string>>, now: number): Promise<{ text: string; body: Body }> => {
    const asked = { route: 'query', params: Object.entries(params), url: '', accept: '', now, facts: {} }
    const text = new TextDecoder().decode((await local.answer(asked)).body)
    return { text, body: JSON.parse(text) as Body }
  }
  return { local, ask }
}

async function tiersOf(store: MemoryStore): Promise<string[]> {
  const driver = memory({ store })
  await driver.open()
  const found: string[] = []
  for (const tier of TIERS) {
    const selector = { tier, which: 'sealed', from: 0, to: Infinity, detail: false } as const
    if ((await all(driver.boxes(selector))).length > 0) found.push(tier)
  }
  return found
}

test('a million payments of ten cents by four processes are a hundred thousand, to the cent, in every tier', async () => {
  const store = new MemoryStore()
  const processes = Array.from({ length: 4 }, () => new Metrics({ storage: memory({ store }), sample: 0.001 }))
  const now = systemClock.now()
  for (const [index, metrics] of processes.entries()) {
    for (let i = 0; i < 250_000; i++) metrics.track('revenue', 0.1, { plan: i % 3 === 0 ? 'pro' : `plan ${index}` })
    await metrics.flush()
  }
  const [first] = processes
  const { total } = await first!.query({ metric: 'revenue', from: '1h' })
  assert.equal(total, 100_000)
  for (const metrics of processes) await metrics.close()

  const { local, ask } = later(store)
  const driver = memory({ store })
  await driver.open()
  const check = async (age: number): Promise<void> => {
    const asked = { metric: 'revenue', from: age > DAY ? 'all' : '1d' }
    const { text, body } = await ask({ ...asked, agg: 'sum,count' }, now + age + 1)
    assert.match(text, /"total":100000,/)
    assert.deepEqual([body.data[0]?.['sum'], body.data[0]?.['count']], [100_000, 1_000_000])
    const { body: byPlan } = await ask({ ...asked, group_by: 'plan' }, now + age + 1)
    const plans = byPlan.data.map(({ value }) => value)
    assert.equal(plans.length, 5)
    assert.ok(plans.every((value) => /^\d+(\.\d)?$/.test(String(value))))
    assert.equal(Math.round(plans.reduce<number>((sum, value) => sum + Number(value) * 10, 0)), 1_000_000)
  }
  // Sealed after a minute, then into quarters, hours and days; asked in between.
  for (const age of [0, 12 * MINUTE, 2 * HOUR, 3 * DAY]) {
    await local.maintain(now + age)
    await check(age)
  }
  assert.deepEqual(await tiersOf(store), TIERS)
  // And from each tier alone, once the finer ones are no longer kept.
  for (const tier of ['1m', '15m', '1h'] as const) {
    await driver.prune(tier, Infinity)
    await check(500 * DAY)
  }
  assert.deepEqual(await tiersOf(store), ['1d'])
  await local.close()
})

test('refunds are taken off again, to the last cent', async () => {
  const cents = fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 }), { minLength: 1, maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(cents, async (amounts) => {
      const store = new MemoryStore()
      const processes = [1, 2].map(() => new Metrics({ storage: memory({ store }) })) as [Metrics, Metrics]
      for (const [i, amount] of amounts.entries()) {
        processes[i % 2]?.track('revenue', amount / 100, {}, i % 3 === 0 ? { id: i } : undefined)
      }
      for (const metrics of processes) await metrics.flush()
      const sum = amounts.reduce((before, amount) => before + amount, 0) / 100
      assert.equal((await processes[0].query({ metric: 'revenue', from: '1h' })).total, sum)
      for (const [i, amount] of amounts.entries())
        processes[0].track('revenue', -amount / 100, {}, { id: `refund ${i}` })
      assert.equal((await processes[0].query({ metric: 'revenue', from: '1h' })).total, 0)
      for (const metrics of processes) await metrics.close()
    }),
    { numRuns: 25 }
  )
})

test('sums that no money comes to are exact too, and tiny ones beside huge ones are not lost', async () => {
  const metrics = new Metrics({ storage: 'memory://' })
  for (const value of [1e16, 0.1, 0.2, -1e16]) metrics.track('revenue', value)
  assert.equal((await metrics.query({ metric: 'revenue', from: '1h' })).total, 0.3)
  await metrics.close()
})
