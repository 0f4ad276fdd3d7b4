import type { StorageDriver } from '../../src/index.ts'
import { memory, MemoryStore } from '../../src/storage/memory.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { judge } from '../judge.ts'
import { Random } from '../random.ts'
import { STEPS } from './steps.ts'
import { type Connects, World } from './world.ts'

/** What was wrong with a quick history, and how it came about. */
export interface Verdict {
  readonly wrongs: readonly string[]
  readonly told: readonly string[]
  readonly values: number
}

const MOST = 120

/** A store in memory that several connections share. */
export function sharedMemory(): Connects {
  const store = new MemoryStore()
  return () => opened(memory({ store }))
}

function opened(driver: StorageDriver): StorageDriver {
  void driver.open()
  return driver
}

/** The same in a file. */
export function sharedFile(path: string): Connects {
  return () => opened(sqlite(path))
}

/** A history in this process, by a clock of its own: hundreds in a second. */
export async function happenQuickly(seed: number, connects: Connects): Promise<Verdict> {
  const random = new Random(seed)
  const world = new World(connects, random)
  for (let count = random.whole(1, 3); count > 0; count--) world.start()
  for (let count = random.whole(10, MOST); count > 0; count--) await step(world)
  await settle(world)
  const { ledger, told, clock, began } = world
  const driver = world.connect()
  const wrongs = await judge({ ledger, driver, began, ended: clock.now(), forgets: false })
  await driver.close()
  for (const writer of world.all) await writer.end()
  return { wrongs, told, values: ledger.sent.size }
}

async function step(world: World): Promise<void> {
  const { random, living } = world
  if (living.length === 0) world.start()
  let left = random.next() * STEPS.reduce((sum, { weight }) => sum + weight, 0)
  const chosen = STEPS.find(({ weight }) => (left -= weight) < 0) ?? STEPS[0]!
  const writer = random.pick(world.living)
  const result: unknown = await chosen.take(world, writer)
  const number = typeof result === 'number' || typeof result === 'boolean' ? ` ${result}` : ''
  world.told.push(`${chosen.name} (${writer.id})${number}`)
}

/** All is well again, and everybody who is left keeps what is left. */
async function settle(world: World): Promise<void> {
  await world.rest()
  for (const writer of world.all) {
    if (writer.link.dead) continue
    writer.frozen = false
    writer.link.trouble = 0
    if (!(await writer.flush())) world.ledger.wrongs.push(`process ${writer.id} cannot keep what it has`)
  }
}
