import { randomBytes } from 'node:crypto'
import { type Clock, MINUTE } from '../core/time.ts'
import type { Store } from '../storage/store.ts'

/** Who hashes ids with the secret. */
export interface Keeper {
  /** Whether ids have come. */
  readonly used: boolean
  /** The secret that it uses. */
  readonly secret: string | undefined
  learn(secret: string): Promise<void>
}

/** The document that holds the secret. */
const KEY = 'secret:unique'
/** The file may have been replaced by a fresh one, or memory by the file: the secret in use is that of the store. */
const AGAIN = MINUTE

/**
 * The secret of a store: a random text, made once by whoever needs it first, the same for every process. It is read again
 * now and then. A store that has lost it is given the one in use; one that has another is right.
 */
export class Secret {
  readonly #store: Pick<Store, 'get' | 'swap'>
  readonly #keeper: Keeper
  readonly #clock: Clock
  #readAt = -Infinity
  #reading: Promise<void> | undefined

  constructor(store: Pick<Store, 'get' | 'swap'>, keeper: Keeper, clock: Clock) {
    this.#store = store
    this.#keeper = keeper
    this.#clock = clock
  }

  /** Makes sure that the keeper has the secret if it needs one; rejects while the store does not tell it. */
  async settle(): Promise<void> {
    const keeper = this.#keeper
    if (!keeper.used) return
    await this.#reading?.catch(() => undefined)
    if (keeper.secret === undefined) await this.#once()
    // With one at hand nothing waits: a store that does not tell is asked again later.
    else if (this.#clock.monotonic() - this.#readAt >= AGAIN) await this.#once().catch(() => undefined)
  }

  /** Reads the secret if there is one, so that the first ids need not wait. Never rejects. */
  look(): Promise<void> {
    return this.#once().catch(() => undefined)
  }

  #once(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const found = (await this.#store.get(KEY)) ?? (await this.#make())
    if (found === undefined) return
    this.#readAt = this.#clock.monotonic()
    await this.#keeper.learn(found)
  }

  /** Nothing, while nobody needs it. */
  async #make(): Promise<string | undefined> {
    if (!this.#keeper.used) return undefined
    const made = this.#keeper.secret ?? randomBytes(32).toString('base64url')
    if (await this.#store.swap(KEY, undefined, made)) return made
    const other = await this.#store.get(KEY)
    if (other === undefined) throw new Error('the store keeps no secret for ids')
    return other
  }
}
