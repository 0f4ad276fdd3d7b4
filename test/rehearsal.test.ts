import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEPT } from '../src/core/tiers.ts'
import { HOUR } from '../src/core/time.ts'
import { Rehearsal } from '../src/rehearsal.ts'
import { LocalStore } from '../src/store.ts'
import type { Answer, Ask } from '../src/storage/store.ts'
import { sqlite } from '../src/storage/sqlite.ts'
import { folder } from './storage/place.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 30)
const AT_ONCE = { least: 0, most: 0, between: 0 }

class Heard extends LocalStore {
  readonly answers: Answer[] = []

  override async answer(ask: Ask): Promise<Answer> {
    const answer = await super.answer(ask)
    this.answers.push(answer)
    return answer
  }
}

async function storeOf(t: TestContext, sealed: boolean, mode: 'disk' | 'remote' = 'disk'): Promise<Heard> {
  const options = { writer: 'w', timezone: 'UTC', kept: KEPT, events: 24 * HOUR, maxSize: 256e6 }
  const driver = sqlite(join(folder(t), 'metrics.db'))
  const store = new Heard(driver, options, () => ({ mode, driver: 'sqlite', problem: null }))
  t.after(() => store.close())
  await store.open()
  if (sealed) await store.swap('sealed:1h', undefined, String(NOW - HOUR))
  return store
}

/** Time for everything that is to come, and for what is not to come. */
async function settled(store: Heard): Promise<number> {
  for (let waited = 0; waited < 2_000 && store.answers.length < 5; waited += 10) await sleep(10)
  return store.answers.length
}

async function still(store: Heard): Promise<number> {
  await sleep(50)
  return store.answers.length
}

test('a store with history answers what is asked first, once, to nobody', async (t) => {
  const store = await storeOf(t, true)
  const rehearsal = new Rehearsal(AT_ONCE)
  rehearsal.put(store, NOW)
  rehearsal.put(store, NOW)
  assert.equal(await settled(store), 5)
  assert.deepEqual(new Set(store.answers.map(({ status }) => status)), new Set([200]))
  assert.equal(await still(store), 5)
})

test('a store without history, or on a server, is left alone', async (t) => {
  const fresh = await storeOf(t, false)
  const afar = await storeOf(t, true, 'remote')
  new Rehearsal(AT_ONCE).put(fresh, NOW)
  new Rehearsal(AT_ONCE).put(afar, NOW)
  assert.equal(await still(fresh), 0)
  assert.equal(await still(afar), 0)
})

test('whoever asks first ends it', async (t) => {
  const store = await storeOf(t, true)
  const rehearsal = new Rehearsal(AT_ONCE)
  rehearsal.put(store, NOW)
  rehearsal.asked()
  assert.equal(await still(store), 0)
})

test('a store that fails meanwhile is not spoken of', async (t) => {
  const store = await storeOf(t, true)
  new Rehearsal(AT_ONCE).put(store, NOW)
  await store.close()
  assert.equal(await still(store), 0)
})
