import { createHash } from 'node:crypto'
import { Held } from '../core/held.ts'
import type { Guard } from '../guard.ts'
import { callSite } from './place.ts'

/** What a tracked value can say beside its labels. */
export interface TrackOptions {
  /** What makes it one: of all values of a metric with one id, the first within 24 hours counts. */
  readonly id?: string | number
}

const LONGEST = 1_024

/** Values with an id, held back until the store has said which of them count. Of ids only hashes are kept. */
export class Once {
  readonly held: Held = new Held()
  readonly #guard: Guard
  readonly #drops: Map<string, number>
  /** Said with the first id: what the store cannot do. */
  caution: string | undefined

  constructor(guard: Guard, drops: Map<string, number>) {
    this.#guard = guard
    this.#drops = drops
  }

  /** The hash of an id; undefined, said once, for one that is none: its value then counts like any other. */
  hash(metric: string, options: TrackOptions): string | undefined {
    const { id } = options
    if (typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id !== '' && id.length <= LONGEST) {
      if (this.caution !== undefined) this.#guard.once('ids', this.caution)
      return createHash('sha256').update(`${metric}\n${id}`).digest('base64url').slice(0, 22)
    }
    if (typeof options === 'object' && !('id' in options)) return undefined
    this.#guard.once(
      `bad_id ${metric}`,
      `the id of a value of '${metric}' is no number, and no text of 1 to ${LONGEST} characters: ` +
        `the value was counted, and a retry of it will be counted again${callSite()}`
    )
    return undefined
  }

  /** Counts and says that there is no room. */
  full(metric: string): void {
    this.#drops.set('held', (this.#drops.get('held') ?? 0) + 1)
    this.#guard.once(
      'held',
      `not recorded: ${this.held.size} values with an id wait for the store already ('${metric}' and others)`
    )
  }
}
