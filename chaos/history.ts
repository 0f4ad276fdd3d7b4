import { setTimeout as pause } from 'node:timers/promises'
import { wall } from './clock.ts'
import { type Crew, Hand } from './crew.ts'
import type { Fault, Scene } from './fault.ts'
import type { Field, Opens } from './field.ts'
import { judge } from './judge.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { hung, slower } from './pace.ts'
import { driverAt } from './shelf.ts'
import { Random } from './random.ts'

/** What one history is drawn from. */
export interface Plan {
  readonly seed: number
  readonly opens: Opens
  readonly faults: readonly Fault[]
  /** How long operations and faults go on, ms. */
  readonly lasts: number
  /** The machine does other things besides, so that only requests that hang are slow. */
  readonly isBusy?: boolean
  /** Told what happens, line by line. */
  readonly tell: (line: string) => void
}

/** How it went. */
export interface Outcome {
  /** What was wrong; nothing, where all is well. */
  readonly wrongs: readonly string[]
  readonly ledger: Ledger
  /** What struck, in order. */
  readonly struck: readonly string[]
}

/** Lets one history happen, and judges it. */
export async function happen(plan: Plan): Promise<Outcome> {
  const random = new Random(plan.seed)
  const field = await plan.opens()
  const ledger = new Ledger()
  const began = Date.now()
  // Drawn apart, so that a seed goes on to draw the same faults.
  const other = new Random(~plan.seed)
  const threads = other.chance(0.3) ? other.whole(2, 3) : 1
  const count = Math.min(random.whole(1, 4), threads > 1 ? 2 : 4)
  const listens = random.chance(0.4)
  const start = { field, ledger, began, listens, threads }
  const hands = Array.from({ length: count }, (_, place) => new Hand(place, start))
  const scene = { field, crew: { hands }, now: () => wall(began) }
  const each = threads > 1 ? ` of ${threads} threads` : ''
  plan.tell(`${field.store}: ${count} processes${each}${listens ? ' that close by themselves' : ''}`)
  try {
    await Promise.all(hands.map((hand) => hand.start()))
    const struck = await strikeOut(plan, scene, ledger, random)
    await settle(hands, ledger)
    const forgets = struck.some(({ forgets: does }) => does === true)
    const ended = wall(began)
    const driver = await driverAt(field.truth)
    const wrongs = await judge({ ledger, driver, began, ended, forgets })
    await driver.close()
    wrongs.push(...(plan.isBusy === true ? hung(ledger.samples, true) : slower(ledger.samples)))
    return { wrongs, ledger, struck: struck.map(({ name }) => name) }
  } finally {
    await end(hands, field)
  }
}

/** Load and faults, until the time is over and each fault has found its way back. */
async function strikeOut(plan: Plan, scene: Scene, ledger: Ledger, random: Random): Promise<readonly Fault[]> {
  const load = new Load(scene.crew, ledger, random.fork())
  const struck: Fault[] = []
  const open = new Set<Promise<void>>()
  load.start()
  const dice = random.fork()
  for (const end = performance.now() + plan.lasts; performance.now() < end;) {
    await pause(dice.whole(20, 1_200))
    const fault = draw(plan.faults, scene, dice)
    if (fault === undefined || open.size > 1) continue
    const lasting = once(fault, scene, dice.fork(), ledger, plan.tell)
    struck.push(fault)
    open.add(lasting)
    void lasting.finally(() => open.delete(lasting))
  }
  await Promise.all(open)
  await load.stop()
  return struck
}

function draw(faults: readonly Fault[], scene: Scene, random: Random): Fault | undefined {
  const possible = faults.filter((fault) => fault.possible(scene))
  const weights = possible.map(({ weight = 1 }) => weight)
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  return possible.find((_, place) => (left -= weights[place] ?? 0) < 0)
}

async function once(fault: Fault, scene: Scene, random: Random, ledger: Ledger, tell: Plan['tell']): Promise<void> {
  const lasts = random.whole(50, fault.longest ?? 2_000)
  tell(`  ${fault.name} for ${lasts} ms`)
  if (fault.cuts === true) ledger.cut++
  try {
    const back = await fault.strike(scene, random)
    await pause(lasts)
    await back()
  } catch (error) {
    ledger.wrongs.push(`the fault '${fault.name}' did not work: ${String(error)}`)
  } finally {
    if (fault.cuts === true) ledger.cut--
  }
}

/** Everybody keeps what is left, says how much was dropped, and goes. */
async function settle(hands: readonly Hand[], ledger: Ledger): Promise<void> {
  for (const hand of hands) {
    await hand.start()
    for (const { life, url } of hand.doors) {
      const settled = await (await fetch(`${url}/ctl/settle`)).text()
      if (settled !== 'true') ledger.wrongs.push(`${life} cannot keep what it has, though all is well again`)
    }
  }
  for (const hand of hands) hand.signal('SIGTERM')
  await Promise.all(hands.map((hand) => hand.gone()))
}

async function end(hands: Crew['hands'], field: Field): Promise<void> {
  for (const hand of hands) {
    hand.signal('SIGCONT')
    hand.signal('SIGKILL')
  }
  await Promise.all(hands.map((hand) => hand.gone()))
  await field.end()
}
