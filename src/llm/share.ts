import type { Origin } from './origin.ts'

const NAME: unique symbol = Symbol.for('pocketmetrics.shares') as never

type Store = string | object

/**
 * Which of several instances in one process a call belongs to: one that a request has set off, to the instance that
 * counts the request; any other to each, but of those that keep their numbers in one place to the first alone.
 */
export class Share {
  readonly #owner: object
  readonly #store: Store

  /** `owner` is what requests are counted by. */
  constructor(owner: object, store: Store) {
    this.#owner = owner
    // Each has a memory of its own.
    this.#store = typeof store === 'string' && store.startsWith('memory:') ? owner : store
  }

  /** Takes part from now on. */
  join(): void {
    const members = shares().get(this.#store)
    if (members === undefined) shares().set(this.#store, new Set([this.#owner]))
    else members.add(this.#owner)
  }

  leave(): void {
    const members = shares().get(this.#store)
    members?.delete(this.#owner)
    if (members?.size === 0) shares().delete(this.#store)
  }

  /** Whether a call on this account is to be counted here. */
  has(origin: Origin | undefined): boolean {
    const owner = origin?.owner
    if (owner !== undefined) return owner === this.#owner
    const [first] = shares().get(this.#store) ?? []
    return first === undefined || first === this.#owner
  }
}

function shares(): Map<Store, Set<object>> {
  const holder = globalThis as { [NAME]?: Map<Store, Set<object>> }
  if (holder[NAME] === undefined) Object.defineProperty(holder, NAME, { value: new Map<Store, Set<object>>() })
  return holder[NAME]!
}
