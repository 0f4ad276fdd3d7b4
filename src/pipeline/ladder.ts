import type { Tier } from '../core/tiers.ts'
import type { Size, StorageDriver } from '../storage/driver.ts'
import { cut, MADE_OF } from './made.ts'
import { crowdedAt } from './room.ts'

/** From when on (Unix ms) a tier, and events, are complete, where room was made earlier than by age. */
export type Reach = Readonly<Partial<Record<Tier | 'events', number>>>

/** Keeps what is about to be given up: answers must say it even when who gives it up ends in the middle. */
export type Note = (reach: Reach) => Promise<void>

/** What decides how much is given up. */
export interface LadderOptions {
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  /** Bytes that the store may take. */
  readonly maxSize: number
}

/** However little room there is, the last half hour stays. */
const LEAST = 1_800_000
/** In what order each round takes from its oldest, and by how much at once. Days go when nothing else is left to give. */
const DETAIL = ['events', '1m', '15m', '1h'] as const
const STEP = 0.9
/** An event for so many bytes of room is much: a burst of them is younger than anything that goes by age. */
const BYTES_AN_EVENT = 1_000

/** What may be left of a kind: what is younger than this (ms), or so many. */
type Rung = { readonly what: Tier | 'events'; readonly age: number } | { readonly most: number }

/**
 * Close to the limit the oldest detail goes: in rounds, each of which leaves half as long of events, then of minutes, of
 * quarters and of hours, so that none of them is lost whole while another reaches far back; and no more than is needed.
 */
export async function makeRoom(driver: StorageDriver, options: LadderOptions, now: number, note: Note): Promise<Size> {
  const limit = crowdedAt(options.maxSize)
  let size = await driver.size()
  for (const rung of rungs(options)) {
    if (size.bytes <= limit) break
    if (await give(driver, rung, size, now, note)) size = await driver.size()
  }
  return size
}

async function give(driver: StorageDriver, rung: Rung, size: Size, now: number, note: Note): Promise<boolean> {
  if ('most' in rung) {
    if (size.events <= rung.most) return false
    await note({ events: now })
    await driver.trim(rung.most)
    return true
  }
  const { what, age } = rung
  const before = what === 'events' ? now - age : await cut(driver, MADE_OF[what].slice(0, 1), now - age)
  if (!(await hasOlder(driver, what, before))) return false
  await note({ [what]: before })
  await driver.prune(what, before)
  return true
}

/** From the least painful loss to the worst. */
function* rungs({ kept, events, maxSize }: LadderOptions): Generator<Rung> {
  const whole = { events, ...kept }
  const longest = Math.max(...DETAIL.map((what) => whole[what]))
  for (let share = 1; longest * share > LEAST; share /= 2) {
    for (const what of DETAIL) {
      yield* steps(what, whole[what] * share, (whole[what] * share) / 2)
      if (what === 'events') yield { most: Math.floor((maxSize / BYTES_AN_EVENT) * share) }
    }
  }
  yield* steps('1d', whole['1d'], LEAST)
}

function* steps(what: Tier | 'events', from: number, to: number): Generator<Rung> {
  for (let age = from; age > to && age > LEAST;) {
    age = Math.max(age * STEP, to, LEAST)
    yield { what, age }
  }
}

async function hasOlder(driver: StorageDriver, what: Tier | 'events', before: number): Promise<boolean> {
  const older =
    what === 'events'
      ? driver.events({ to: before })
      : driver.boxes({ tier: what, which: 'sealed', from: 0, to: before, detail: false })
  for await (const _ of older) return true
  return false
}
