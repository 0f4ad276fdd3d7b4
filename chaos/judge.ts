import { isDeepStrictEqual } from 'node:util'
import { TIERS } from '../src/core/tiers.ts'
import { DAY, MINUTE } from '../src/core/time.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import { KINDS } from './items.ts'
import type { Ledger } from './ledger.ts'
import { eventsOf, present } from './present.ts'
import { questions, rowsOf } from './questions.ts'
import { sealAt, storeOver, tierTotal } from './shelf.ts'

/** A history that is over. */
export interface Case {
  readonly ledger: Ledger
  /** The store, by a sure way. */
  readonly driver: StorageDriver
  /** Wall time of its first and its last moment, Unix ms. */
  readonly began: number
  readonly ended: number
  /** A fault has taken away what was kept. */
  readonly forgets: boolean
  /** Events have grown so old that they were pruned. */
  readonly pruned?: boolean
  /** How many events the processes say that they have dropped; undefined where one of them died with its count. */
  readonly dropped: number | undefined
}

/** Everything that is not as it must be; nothing, where all is well. */
export async function judge(given: Case): Promise<string[]> {
  const { ledger, began, ended, driver } = given
  const from = new Date(began - 180 * MINUTE).toISOString()
  // What came after its writer was taken for dead is in the answers from the next sealing on.
  await sealAt(driver, ended)
  // A clock may have been ahead.
  const now = ended + 15 * MINUTE
  const found = await present(storeOver(driver), from, now)
  const wrongs = [...ledger.wrongs, ...found.wrongs, ...(await sealed(given, from, now))]
  if (!given.forgets) wrongs.push(...missing('the totals', ledger, found.items))
  wrongs.push(...unsent('the totals', ledger, found.items))
  const { requests } = ledger
  if (found.requests > requests.sent) wrongs.push(`${found.requests} requests are counted, ${requests.sent} were sent`)
  if (found.requests < requests.acknowledged && !given.forgets)
    wrongs.push(`${found.requests} requests are counted, ${requests.acknowledged} were acknowledged`)
  wrongs.push(...(await judgedEvents(given)))
  return wrongs
}

/** Answers before and after everything is sealed by two at once; and what each tier comes to. */
async function sealed(given: Case, from: string, now: number): Promise<string[]> {
  const { driver } = given
  const asked = questions(from)
  const before = await Promise.all(asked.map((query) => rowsOf(storeOver(driver), query, now)))
  const later = now + 3 * DAY
  for (let round = 0; round < 2; round++) await Promise.all([sealAt(driver, later), sealAt(driver, later)])
  // Of two at once each may have stopped for the other.
  await sealAt(driver, later)
  const after = await Promise.all(asked.map((query) => rowsOf(storeOver(driver), query, now)))
  const wrongs = asked
    .filter((_, place) => !isDeepStrictEqual(before[place], after[place]))
    .map((query) => `sealing has changed the answer to ${query}`)
  // Minutes are kept for two days.
  if (given.ended - given.began > DAY) return wrongs
  for (const metric of [...KINDS, 'http_requests']) {
    const [first, ...others] = await Promise.all(TIERS.map((tier) => tierTotal(driver, tier, metric)))
    const same = others.every((other) => isDeepStrictEqual(other, first))
    if (!same) wrongs.push(`tiers differ in ${metric}: ${JSON.stringify([first, ...others])}`)
  }
  return wrongs
}

/** Of several processes that were given one id, one may have died with the claim: only what went to one is sure. */
function missing(where: string, ledger: Ledger, items: ReadonlySet<string>): string[] {
  const gone = [...ledger.acknowledged].filter(
    (name) => !items.has(name) && (name.startsWith('money') || ledger.tellings.get(name) === 1)
  )
  return gone.length === 0 ? [] : [`${gone.length} acknowledged are not in ${where}: ${gone.slice(0, 10).join(' ')}`]
}

function unsent(where: string, ledger: Ledger, items: ReadonlySet<string>): string[] {
  const made = [...items].filter((name) => !ledger.sent.has(name))
  return made.length === 0 ? [] : [`${made.length} were never sent and are in ${where}: ${made.slice(0, 10).join(' ')}`]
}

async function judgedEvents(given: Case): Promise<string[]> {
  const { ledger, dropped, driver } = given
  const { items, wrongs } = await eventsOf(driver)
  if (given.pruned === true) return [...wrongs, ...unsent('the events', ledger, items)]
  const lost = missing('the events', ledger, items)
  const count = Number(/^\d+/.exec(lost[0] ?? '0')?.[0])
  const isCounted = dropped === undefined ? true : count <= dropped
  const exact = dropped === undefined || dropped === count || given.forgets
  return [
    ...wrongs,
    ...unsent('the events', ledger, items),
    ...(given.forgets || isCounted ? (dropped === undefined && !given.forgets ? lost : []) : lost),
    ...(exact ? [] : [`${count} events are missing, and ${dropped} are said to be dropped`]),
  ]
}
