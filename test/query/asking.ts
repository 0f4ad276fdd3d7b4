import type { Result, Scalar } from '../../src/query/query.ts'
import { memory } from '../../src/storage/memory.ts'
import { type Definition, type Observation, World } from '../answers/world.ts'
import { NOW, sales, traffic } from './shop.ts'

/** A gauge. */
export const QUEUE: Definition = { name: 'queue_depth', kind: 'gauge', unit: 'count', buckets: false }
/** A counter without a histogram. */
export const JOBS: Definition = { name: 'jobs_done', kind: 'counter', unit: 'count', buckets: false }

/** A fresh store in which one writer has put these. */
export async function worldWith(observations: readonly Observation[]): Promise<World> {
  const driver = memory()
  await driver.open()
  const world = new World(driver)
  await world.put('one', observations)
  return world
}

/** What a fresh store with these answers. */
export async function ask(
  query: string,
  observations: readonly Observation[] = [...sales(), ...traffic()]
): Promise<Result> {
  return (await worldWith(observations)).ask(query, NOW)
}

/** One column of an answer. */
export const values = (result: Pick<Result, 'rows'>, key: string = 'value'): Scalar[] =>
  result.rows.map((row) => row[key]!)
