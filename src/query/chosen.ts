import type { Tier } from '../core/tiers.ts'
import type { Window } from '../core/window.ts'
import type { Cover } from './cover.ts'
import { MOST_OF_TIER } from './memory.ts'

/** The boxes of a fold: those that are kept until all have been chosen, by tier, and what the sealed ones hold. */
export class Chosen {
  readonly tiers: Map<Tier, Cover[]> = new Map()
  readonly windows: Window[] = []
  readonly #detail: boolean
  readonly #bytes = new Map<Tier, number>()

  constructor(detail: boolean) {
    this.#detail = detail
  }

  /** False for one that is to be folded at once. */
  keeps(cover: Cover): boolean {
    const { tier, numbers, box } = cover
    if (tier === 'open') return false
    this.windows.push({ start: box.start, end: box.end, final: box.final, contents: box.contents })
    const held = (this.#bytes.get(tier) ?? 0) + numbers.length
    if (!this.#detail && held > MOST_OF_TIER) return false
    this.#bytes.set(tier, held)
    if (this.tiers.has(tier)) this.tiers.get(tier)!.push(cover)
    else this.tiers.set(tier, [cover])
    return true
  }
}
