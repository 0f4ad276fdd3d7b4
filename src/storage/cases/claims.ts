import assert from 'node:assert/strict'
import { MetricsError } from '../../errors.ts'
import { type Bench, type Case, MINUTE, START, all, batch, box, boxesOf, event, eventsOf } from './ground.ts'

const DAY = 1_440 * MINUTE
const IDS = ['a', 'b', 'ü "odd" \'id\' %']

async function oneGetsIt({ one, two }: Bench): Promise<void> {
  assert.deepEqual([...(await one.claim([], 'w1', START))], [])
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      Promise.resolve((index % 2 === 0 ? one : two).claim(IDS, `w${index}`, START + index))
    )
  )
  for (const [place] of IDS.entries()) assert.equal(claims.filter((got) => got[place] === true).length, 1)
  assert.deepEqual([...(await two.claim([IDS[0] ?? '', 'new'], 'late', START + 30))], [false, true])
}

async function hearsItAgain({ one, two }: Bench): Promise<void> {
  assert.deepEqual([...(await one.claim(IDS, 'w1', START))], [true, true, true])
  assert.deepEqual([...(await two.claim(IDS, 'w1', START + 1))], [true, true, true])
  await one.put(batch({ claims: { owner: 'w1', ids: IDS } }))
  assert.deepEqual([...(await two.claim(IDS, 'w1', START + 2))], [true, true, true])
  assert.deepEqual([...(await two.claim(IDS, 'w2', START + 20 * MINUTE))], [false, false, false])
}

async function outlivesItsOwner({ one, two }: Bench): Promise<void> {
  await one.claim(['kept', 'not'], 'w1', START)
  await one.put(batch({ claims: { owner: 'w1', ids: ['kept'] } }))
  assert.deepEqual([...(await two.claim(['kept', 'not'], 'w2', START + 10 * MINUTE - 1))], [false, false])
  assert.deepEqual([...(await two.claim(['kept', 'not'], 'w2', START + 10 * MINUTE))], [false, true])
  assert.deepEqual([...(await one.claim(['not'], 'w1', START + 11 * MINUTE))], [false])
}

async function lastsADay({ one, two }: Bench): Promise<void> {
  await one.claim(['x'], 'w1', START)
  await one.put(batch({ claims: { owner: 'w1', ids: ['x'] } }))
  assert.deepEqual([...(await two.claim(['x'], 'w2', START + DAY - 1))], [false])
  assert.deepEqual([...(await two.claim(['x'], 'w2', START + DAY))], [true])
  assert.deepEqual([...(await one.claim(['x'], 'w1', START + DAY + 1))], [false])
}

async function noPutWithout({ one, two }: Bench): Promise<void> {
  const put = batch({ boxes: [box(START)], events: [event(1)], claims: { owner: 'w1', ids: ['a', 'b'] } })
  await assert.rejects(async () => one.put(put), MetricsError)
  await one.claim(['a', 'b'], 'w1', START)
  await two.claim(['b'], 'w2', START + 10 * MINUTE)
  await assert.rejects(async () => one.put(put), MetricsError)
  assert.equal((await boxesOf(two)).length, 0)
  assert.equal((await eventsOf(two)).length, 0)
  assert.deepEqual([...(await two.claim(['a'], 'w2', START + 10 * MINUTE))], [true], 'what was not put was marked')
  await two.put(batch({ boxes: [box(START)], claims: { owner: 'w2', ids: ['a', 'b'] } }))
  await two.put(batch({ boxes: [box(START)], claims: { owner: 'w2', ids: ['a', 'b'] } }))
  assert.equal((await boxesOf(one)).length, 1)
}

async function manyAtOnce({ one, two }: Bench): Promise<void> {
  const ids = Array.from({ length: 3_000 }, (_, index) => `id ${index}`)
  assert.deepEqual([...new Set(await one.claim(ids, 'w1', START))], [true])
  await one.put(batch({ claims: { owner: 'w1', ids } }))
  const got = await two.claim([...ids.toReversed(), 'new'], 'w2', START)
  assert.deepEqual([got.filter(Boolean).length, got.at(-1)], [1, true])
}

async function prunedByAge({ one, two }: Bench): Promise<void> {
  await one.claim(['old'], 'w1', START)
  await one.claim(['young'], 'w1', START + MINUTE)
  await one.put(batch({ boxes: [box(START)], events: [event(1)], claims: { owner: 'w1', ids: ['old', 'young'] } }))
  assert.equal(await one.prune('claims', START), 0)
  assert.equal(await one.prune('claims', START + MINUTE), 1)
  assert.deepEqual([...(await two.claim(['old', 'young'], 'w2', START + MINUTE))], [true, false])
  assert.equal((await boxesOf(one)).length + (await eventsOf(one)).length, 2)
  for (const what of ['1m', 'open', 'events', 'names'] as const) await one.prune(what, START + DAY)
  assert.deepEqual([...(await two.claim(['young'], 'w3', START + 2 * MINUTE))], [false])
}

async function reopened({ one, two, another }: Bench): Promise<void> {
  await one.claim(['kept', 'not'], 'w1', START)
  await one.put(batch({ claims: { owner: 'w1', ids: ['kept'] } }))
  await one.close()
  await two.close()
  const three = await another()
  assert.deepEqual([...(await three.claim(['kept', 'not'], 'w2', START + MINUTE))], [false, false])
  assert.deepEqual([...(await three.claim(['kept', 'not'], 'w2', START + 10 * MINUTE))], [false, true])
  assert.equal((await all(three.names())).length, 0)
}

async function closed({ two }: Bench): Promise<void> {
  await two.close()
  await assert.rejects(
    async () => two.claim(['x'], 'w1', START),
    (error) => error instanceof MetricsError && error.code === 'closed'
  )
}

/** Ids that may count once. */
export const claimCases: readonly Case[] = [
  { name: 'of many that claim an id one gets it', run: oneGetsIt },
  { name: 'who has an id hears so again, also when it is kept', run: hearsItAgain },
  { name: 'an id that is not kept is free after ten minutes, one that is kept is not', run: outlivesItsOwner },
  { name: 'an id is free again after a day', run: lastsADay },
  { name: 'a batch whose ids are not its own is rejected whole', run: noPutWithout },
  { name: 'thousands of ids are claimed at once', run: manyAtOnce },
  { name: 'prune forgets ids by age, and nothing else', run: prunedByAge },
  { name: 'reopening keeps ids', needs: 'durable', run: reopened },
  { name: 'a closed driver claims nothing', run: closed },
]
