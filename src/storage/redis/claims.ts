import { DAY } from '../../core/time.ts'
import { DEAD_AFTER } from '../claims.ts'
import type { Keys } from './keys.ts'
import { textOf } from './line.ts'
import { CLAIM } from './scripts.ts'
import type { Session } from './session.ts'

/** Ids in one script: a millisecond. */
const STEP = 500

/** Claims ids for their owner, so many at a time; answers which it got. */
export async function claimIds(
  session: Session,
  { claims, claimTimes }: Keys,
  ids: readonly string[],
  owner: string,
  now: number
): Promise<boolean[]> {
  const got: boolean[] = []
  for (let at = 0; at < ids.length; at += STEP) {
    const args = [owner, now, now - DAY, now - DEAD_AFTER, 2 * DAY, ...ids.slice(at, at + STEP)]
    const reply = textOf(await session.run(CLAIM, [claims, claimTimes], args))
    for (const each of reply) got.push(each === '1')
  }
  return got
}
