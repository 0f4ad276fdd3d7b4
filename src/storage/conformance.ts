import type { StorageDriver } from './driver.ts'
import type { Case, Feature, Ground } from './cases/ground.ts'
import { boxCases } from './cases/boxes.ts'
import { claimCases } from './cases/claims.ts'
import { eventCases } from './cases/events.ts'
import { lifeCases } from './cases/lives.ts'
import { sealCases } from './cases/seals.ts'

export type { Feature, Ground } from './cases/ground.ts'

/** What registers a case: `test` of node:test, `it` of vitest, jest or mocha. */
export type Register = (name: string, run: () => Promise<void>) => unknown

const CASES: readonly Case[] = [...lifeCases, ...boxCases, ...sealCases, ...eventCases, ...claimCases]

async function run(one: Case, makeGround: () => Ground | Promise<Ground>): Promise<void> {
  const ground = await makeGround()
  const opened: StorageDriver[] = []
  const another = async (): Promise<StorageDriver> => {
    const driver = await ground.connect()
    opened.push(driver)
    await driver.open()
    return driver
  }
  try {
    await one.run({ one: await another(), two: await another(), ground, another })
  } finally {
    for (const driver of opened) await driver.close()
    await ground.remove?.()
  }
}

/** Registers every case that a storage driver must pass; `ground` makes one fresh store for each. */
export function testDriver(
  register: Register,
  ground: () => Ground | Promise<Ground>,
  features: readonly Feature[] = []
): void {
  for (const one of CASES) {
    if (one.needs !== undefined && !features.includes(one.needs)) continue
    register(one.name, () => run(one, ground))
  }
}
