import { isDeepStrictEqual } from 'node:util'
import { TIERS } from '../src/core/tiers.ts'
import { DAY, MINUTE } from '../src/core/time.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import type { LocalStore } from '../src/store.ts'
import { kindOf, KINDS } from './items.ts'
import type { Ledger } from './ledger.ts'
import { miscounted } from './life.ts'
import { eventsOf, present } from './present.ts'
import { answerOf, questions, type Told } from './questions.ts'
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
}

/** Everything that is not as it must be; nothing, where all is well. */
export async function judge(given: Case): Promise<string[]> {
  const { ledger, began, ended, driver, forgets } = given
  const from = new Date(began - 180 * MINUTE).toISOString()
  // A clock may have been ahead.
  const now = ended + 15 * MINUTE
  const found = await present(storeOver(driver), from, now)
  const wrongs = [...ledger.wrongs, ...found.wrongs, ...(await sealed(given, from, now))]
  if (!forgets) wrongs.push(...missing(ledger, found.items))
  wrongs.push(...unsent('the totals', ledger, found.items))
  const { requests } = ledger
  if (found.requests > requests.sent) wrongs.push(`${found.requests} requests are counted, ${requests.sent} were sent`)
  if (found.requests < requests.acknowledged && !forgets)
    wrongs.push(`${found.requests} requests are counted, ${requests.acknowledged} were acknowledged`)
  const events = await eventsOf(driver)
  wrongs.push(...events.wrongs, ...unsent('the events', ledger, events.items))
  const requestsOf = (life: string): number => events.requests.get(life) ?? 0
  return [...wrongs, ...miscounted(ledger.lives, { items: events.items, requestsOf, forgets })]
}

/**
 * Answers from what is there as it was left, open boxes of dead and late writers among it, after what was due is sealed, and
 * after everything is, by two at once; and what each tier comes to.
 */
async function sealed(given: Case, from: string, now: number): Promise<string[]> {
  const { driver, ended } = given
  const asked = questions(from)
  // Each time another store, which remembers nothing of the last.
  const answers = (store: LocalStore = storeOver(driver)): Promise<readonly Told[]> =>
    Promise.all(asked.map((query) => answerOf(store, query, now)))
  const wrongs: string[] = []
  let before = await answers()
  const compare = async (step: string): Promise<void> => {
    const after = await answers()
    asked.forEach((query, place) => {
      if (!isDeepStrictEqual(before[place], after[place]))
        wrongs.push(`sealing ${step} has changed the answer to ${query}: ${difference(before[place]!, after[place]!)}`)
    })
    before = after
  }
  await sealAt(driver, ended)
  await compare('what was due')
  const later = now + 3 * DAY
  for (let round = 0; round < 2; round++) await Promise.all([sealAt(driver, later), sealAt(driver, later)])
  // Of two at once each may have stopped for the other.
  await sealAt(driver, later)
  await compare('everything')
  // Minutes are kept for two days.
  if (ended - given.began > DAY) return wrongs
  for (const metric of [...KINDS, 'http_requests']) {
    const [first, ...others] = await Promise.all(TIERS.map((tier) => tierTotal(driver, tier, metric)))
    const same = others.every((other) => isDeepStrictEqual(other, first))
    if (!same) wrongs.push(`tiers differ in ${metric}: ${JSON.stringify([first, ...others])}`)
  }
  return wrongs
}

/** The first row that differs. */
function difference(before: Told, after: Told): string {
  const at = before.rows.findIndex((row, place) => !isDeepStrictEqual(row, after.rows[place]))
  return `${JSON.stringify(before.rows[at])} → ${JSON.stringify(after.rows[at])}`
}

/** Of several processes that were given one id, one may have died with the claim: only what went to one is sure. */
function missing(ledger: Ledger, items: ReadonlySet<string>): string[] {
  const gone = [...ledger.acknowledged].filter(
    (name) => !items.has(name) && (kindOf(name) === 'money' || ledger.tellings(name) === 1)
  )
  return gone.length === 0 ? [] : [`${gone.length} acknowledged are not in the totals: ${gone.slice(0, 10).join(' ')}`]
}

function unsent(where: string, ledger: Ledger, items: ReadonlySet<string>): string[] {
  const made = [...items].filter((name) => !ledger.sent.has(name))
  return made.length === 0 ? [] : [`${made.length} were never sent and are in ${where}: ${made.slice(0, 10).join(' ')}`]
}
