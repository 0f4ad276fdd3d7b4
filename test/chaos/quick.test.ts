import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Connects } from '../../chaos/quick/world.ts'
import { happenQuickly, sharedFile, sharedMemory } from '../../chaos/quick/happen.ts'
import { folder } from '../storage/place.ts'

async function holds(seed: number, connects: Connects): Promise<void> {
  const { wrongs, told } = await happenQuickly(seed, connects)
  assert.deepEqual(wrongs, [], `seed ${seed}:\n${told.join('\n')}`)
}

/** Each of these went wrong once, by a race of seals, a writer that came back from the dead, or two flushes at once. */
const FOUND = [1, 7, 8, 12, 18, 33, 34, 35, 38, 39, 58, 71, 76, 79, 84, 97, 99, 150, 1274, 1670]

test('histories that once went wrong: nothing acknowledged is lost, nothing is twice, all tiers agree', async () => {
  for (const seed of FOUND) await holds(seed, sharedMemory())
})

test('the same in a file', async (t) => {
  const home = folder(t)
  for (const seed of FOUND.slice(0, 5)) await holds(seed, sharedFile(join(home, `${seed}.db`)))
})

test('a history that nobody has seen before', async () => {
  await holds(Date.now() % 1e9, sharedMemory())
})
