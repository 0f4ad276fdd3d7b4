import { AsyncLocalStorage } from 'node:async_hooks'

/** On whose account a call is; read when the call is recorded, so that a route that is known only later is right. */
export interface Origin {
  /** The route template of the request that it is part of; undefined outside of any. */
  readonly endpoint: string | undefined
  readonly feature?: string | undefined
  readonly user?: string | undefined
  /** Who counts that request. */
  readonly owner?: object | undefined
  /** The request goes on and no router has named it: the endpoint may be another one at its end. */
  readonly open?: boolean | undefined
}

const NAME: unique symbol = Symbol.for('pocketmetrics.origins') as never

/** What follows an origin through everything that it sets off: one for all copies of the package, made when first asked for. */
export function origins(): AsyncLocalStorage<Origin> {
  const holder = globalThis as { [NAME]?: AsyncLocalStorage<Origin> }
  if (holder[NAME] === undefined) Object.defineProperty(holder, NAME, { value: new AsyncLocalStorage<Origin>() })
  return holder[NAME]!
}

/** A part of the app that has a name of its own; what it does not name is the surrounding origin's. */
export class Scope implements Origin {
  readonly feature: string | undefined
  readonly user: string | undefined
  readonly #endpoint: string | undefined
  readonly #around: Origin | undefined

  constructor(named: Partial<Origin>, around: Origin | undefined) {
    this.#endpoint = named.endpoint
    this.#around = around
    this.feature = named.feature ?? around?.feature
    this.user = named.user ?? around?.user
  }

  get endpoint(): string | undefined {
    return this.#endpoint ?? this.#around?.endpoint
  }

  get owner(): object | undefined {
    return this.#around?.owner
  }

  get open(): boolean {
    return this.#endpoint === undefined && this.#around?.open === true
  }
}
