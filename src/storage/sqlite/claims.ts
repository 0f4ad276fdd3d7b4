import { type Claimed, isFree, takenOver } from '../claims.ts'
import type { Claims } from '../driver.ts'
import type { Prepare, Session } from './session.ts'

/** Ids in one transaction, and rows deleted in one: some milliseconds. */
const STEP = { claimed: 500, pruned: 2_000 }

/** Claims ids for their owner, so many at a time; answers which it got. */
export async function claimIds(
  session: Session,
  ids: readonly string[],
  owner: string,
  now: number
): Promise<boolean[]> {
  const got: boolean[] = []
  for (let at = 0; at < ids.length; at += STEP.claimed) {
    const some = ids.slice(at, at + STEP.claimed)
    got.push(...(await session.write((prepare) => some.map((id) => claimOne(prepare, id, owner, now)))))
  }
  return got
}

function claimOne(prepare: Prepare, id: string, owner: string, now: number): boolean {
  const row = prepare('SELECT owner, at, kept FROM claims WHERE id = ?').get(id)
  const claimed: Claimed | undefined =
    row === undefined ? undefined : { owner: String(row['owner']), at: Number(row['at']), kept: row['kept'] === 1 }
  if (!isFree(claimed, owner, now)) return false
  const kept = claimed?.owner === owner && claimed.kept ? 1 : 0
  prepare('INSERT OR REPLACE INTO claims (id, owner, at, kept) VALUES (?, ?, ?, ?)').run(id, owner, now, kept)
  return true
}

/** Marks ids as kept, inside the caller's transaction; throws, so that nothing of it is kept, if one is another's now. */
export function keepClaims(prepare: Prepare, { owner, ids }: Claims): void {
  for (const id of ids) {
    if (prepare('UPDATE claims SET kept = 1 WHERE id = ? AND owner = ?').run(id, owner) === 0) throw takenOver()
  }
}

/** Forgets ids claimed before `before`, in short transactions; answers how many. */
export async function pruneClaims(session: Session, before: number): Promise<number> {
  const sql = `DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE at < ? LIMIT ${STEP.pruned})`
  let gone = 0
  for (let step = STEP.pruned; step === STEP.pruned; gone += step) {
    step = await session.write((prepare) => prepare(sql).run(before))
  }
  return gone
}
