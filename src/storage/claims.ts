import { DAY, MINUTE } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import type { Claims } from './driver.ts'

/** Who has an id, since when (Unix ms), and whether a batch with its value is kept. */
export interface Claimed {
  readonly owner: string
  readonly at: number
  readonly kept: boolean
}

/** Who claimed an id and has not kept its value after this long is taken for dead. */
export const DEAD_AFTER: number = 10 * MINUTE

/** Whether `owner` may have an id that is claimed so, or not at all. */
export function isFree(claimed: Claimed | undefined, owner: string, now: number): boolean {
  if (claimed === undefined || claimed.owner === owner || claimed.at <= now - DAY) return true
  return !claimed.kept && claimed.at <= now - DEAD_AFTER
}

/** What `put` rejects with when somebody else has taken over an id: its value must not be counted twice. */
export function takenOver(): MetricsError {
  return new MetricsError('storage_failed', 'An id of this batch is no longer claimed by its writer', {
    hint: 'it is claimed again before the next try',
  })
}

/** Beyond this many the oldest ids are forgotten: some 20 MB. */
const MOST = 100_000

/** Claimed ids in memory. */
export class ClaimBook {
  readonly #claimed = new Map<string, Claimed>()

  get size(): number {
    return this.#claimed.size
  }

  claim(ids: readonly string[], owner: string, now: number): boolean[] {
    return ids.map((id) => {
      const claimed = this.#claimed.get(id)
      if (!isFree(claimed, owner, now)) return false
      this.#claimed.delete(id)
      this.#claimed.set(id, { owner, at: now, kept: claimed?.owner === owner && claimed.kept })
      for (const oldest of this.#claimed.keys()) {
        if (this.#claimed.size <= MOST) break
        this.#claimed.delete(oldest)
      }
      return true
    })
  }

  /** Throws unless each id is still its owner's. */
  check({ ids, owner }: Claims): void {
    if (ids.some((id) => this.#claimed.get(id)?.owner !== owner)) throw takenOver()
  }

  keep({ ids }: Claims): void {
    for (const id of ids) {
      const claimed = this.#claimed.get(id)
      if (claimed !== undefined) this.#claimed.set(id, { ...claimed, kept: true })
    }
  }

  /** Forgets what was claimed before `before`; answers how many that were. */
  prune(before: number): number {
    let gone = 0
    for (const [id, { at }] of this.#claimed) {
      if (at < before && this.#claimed.delete(id)) gone++
    }
    return gone
  }
}
