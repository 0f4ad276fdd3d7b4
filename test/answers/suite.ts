import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KEPT } from '../../src/core/tiers.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { answerTo, keyOf, paramsOf, type Plain } from './model.ts'
import { questions, retell, type Story, stories, tell } from './story.ts'
import { World } from './world.ts'

/** Around the end of summer time in Berlin, so that days of 25 hours are among those asked for. */
export const NOW: number = Date.parse('2026-10-27T10:37:20Z')

/** What registers a case: `test` of node:test. */
type Register = (name: string, run: () => Promise<void>) => unknown

/** A fresh store for each case, and how it is taken away. */
export type Fresh = () => Promise<{ driver: StorageDriver; remove(): Promise<void> }>

/** Registers the answers suite: whatever happens to a store, answers equal those computed from the raw list. */
export function testAnswers(register: Register, fresh: Fresh, runs: number = 60): void {
  for (const timezone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']) {
    register(`answers from boxes equal those from the raw list, days kept in ${timezone}`, async () => {
      const cases = fc.asyncProperty(
        stories(NOW, 4),
        fc.array(questions(), { minLength: 4, maxLength: 8 }),
        (story, asked) =>
          within(fresh, timezone, async (world) => {
            await tell(story, world, NOW)
            for (const each of asked) await compare(world, story, each)
          })
      )
      await fc.assert(cases, { numRuns: runs })
    })
  }
  register('what is put again after it was sealed is not counted again', async () => {
    const cases = fc.asyncProperty(stories(NOW, 2), questions(), (story, asked) =>
      within(fresh, 'UTC', async (world) => {
        await tell(story, world, NOW)
        await world.seal(NOW)
        await retell(story, world)
        await compare(world, story, asked)
        await world.seal(NOW)
        await compare(world, story, asked)
      })
    )
    await fc.assert(cases, { numRuns: runs })
  })
}

async function within(fresh: Fresh, timezone: string, run: (world: World) => Promise<void>): Promise<void> {
  const store = await fresh()
  const { driver } = store
  try {
    await driver.open()
    await run(new World(driver, timezone, KEPT, timezone !== 'UTC'))
  } finally {
    await driver.close()
    await store.remove()
  }
}

/** Asks a store and the raw list the same. */
export async function compare(world: World, story: Story, plain: Plain): Promise<void> {
  const observations = story.slices.flatMap((slice) => slice.observations)
  const from = plain.bucket === '15m' ? '2d' : '4d'
  const { envelope, rows } = await world.ask(paramsOf(plain, from), NOW)
  const [start, end] = [Date.parse(String(envelope['from'])), Date.parse(String(envelope['to'])) + 1000]
  const expected = answerTo(plain, observations, start, end)
  const got = new Map(
    rows.filter((row) => row['value'] !== null).map((row) => [keyOf(row, plain), Number(row['value'])])
  )
  const what = `${paramsOf(plain, from)} ${JSON.stringify(envelope)}`
  if (plain.bucket === null && plain.labels.length === 0 && expected.size === 0) {
    assert.ok(rows.length === 0 || rows[0]!['value'] === null || rows[0]!['value'] === 0, what)
    return
  }
  assert.deepEqual([...got.keys()].sort(), [...expected.keys()].sort(), what)
  // Percentiles: half a bucket and four digits. All else: six decimals.
  const tolerance = plain.agg.startsWith('p') ? 0.0062 : 1e-9
  for (const [key, value] of expected) {
    const error = Math.abs(got.get(key)! - value)
    assert.ok(error <= tolerance * Math.abs(value) + 6e-7, `${key}: ${got.get(key)}, not ${value}. ${what}`)
  }
}
