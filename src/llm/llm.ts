import type { Clock } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import type { Guard } from '../guard.ts'
import type { Call } from './call.ts'
import { type ManualCall, readManual } from './manual.ts'
import { type Origin, origins, Scope } from './origin.ts'

/** How a part of the app is called in answers about costs. */
export interface Naming {
  /** In the place of the route of the request. */
  readonly endpoint?: string
  /** A label of the costs: few different ones. */
  readonly feature?: string
  /** Kept with single calls only, never a label. */
  readonly user?: string
}

/** What an Llm works with; without `take` nothing is recorded. */
export interface LlmParts {
  readonly clock: Clock
  readonly guard: Guard
  readonly take: ((call: Call, origin: Origin | undefined) => void) | undefined
  /** Has a client watched that the nets do not see. */
  readonly wrap: <C extends object>(client: C) => C
  /** Counts and says why something was not recorded; the place of the call is added. */
  readonly refuse: (reason: string, line: string) => void
}

/** What `guard` can be told of a call. */
export interface Guarded {
  readonly endpoint?: string | undefined
  readonly feature?: string | undefined
  readonly model?: string | undefined
}

/** The budget that a call belongs to and that is used up. */
export type UsedUp = (call: Guarded) => { readonly name: string; readonly text: string } | undefined

const LONGEST = 256

/** Whose calls of language models are, and those that nobody could see. */
export class Llm {
  readonly #parts: LlmParts
  #usedUp: UsedUp | undefined

  constructor(parts: LlmParts) {
    this.#parts = parts
  }

  /** Runs `work`; what it calls, also later, has these names. Gives back what `work` does. */
  run<T>(naming: Naming, work: () => T): T {
    if (this.#parts.take === undefined) return work()
    const store = origins()
    const names = this.#parts.guard.run('llm.run', () => this.#checked(naming), {})
    return store.run(new Scope(names, store.getStore()), work)
  }

  /** The same function, called on the account of whoever is asking now: for queues, which call it on anybody's. */
  bind<This, Args extends unknown[], R>(work: (this: This, ...args: Args) => R): (this: This, ...args: Args) => R {
    if (typeof work !== 'function' || this.#parts.take === undefined) return work
    const store = origins()
    const origin = store.getStore()
    return function bound(this: This, ...args: Args): R {
      return store.run(origin as Origin, () => work.apply(this, args))
    }
  }

  /** Records a call that nobody could see. Never throws: what is no call is counted and said once. */
  record(call: ManualCall): void {
    const { take, clock, guard, refuse } = this.#parts
    if (take === undefined) return
    const record = (): void => {
      const read = readManual(call, clock.now())
      if (typeof read === 'string') return refuse('bad_llm_call', `a call given to llm.record(): ${read}`)
      take(read, new Scope(this.#checked(call), origins().getStore()))
    }
    guard.run('llm.record', record, undefined)
  }

  /**
   * Throws `budget_exceeded` while a budget is used up that the call belongs to: one without conditions, or one whose
   * endpoint, feature and model are those given here, or those of the request and of `run()`. Call it before a call.
   */
  guard(call: Guarded = {}): void {
    const around = origins().getStore()
    const { endpoint = around?.endpoint, feature = around?.feature, model } = call
    const used = this.#usedUp?.({ endpoint, feature, model })
    if (used === undefined) return
    const hint = 'Wait for the next period, or raise the budget.'
    throw new MetricsError('budget_exceeded', `The budget '${used.name}' is used up: ${used.text}. ${hint}`, { hint })
  }

  /** From now on `guard` asks this. */
  limit(usedUp: UsedUp): void {
    this.#usedUp = usedUp
  }

  /** The same client of an SDK, watched from now on: for one with a `fetch` of its own. */
  wrap<C extends object>(client: C): C {
    const { take, guard, wrap } = this.#parts
    return take === undefined ? client : guard.run('llm.wrap', () => wrap(client), client)
  }

  /** Names that are texts; others are said and left out. */
  #checked(naming: unknown): Partial<Origin> {
    if (typeof naming !== 'object' || naming === null) {
      this.#parts.refuse(
        'bad_llm_name',
        `llm.run() was given ${typeof naming}, and not names such as { feature: 'summary' }`
      )
      return {}
    }
    const { endpoint, route, feature, user } = naming as Readonly<Record<string, unknown>>
    return {
      endpoint: this.#name('endpoint', endpoint ?? route),
      feature: this.#name('feature', feature),
      user: this.#name('user', user),
    }
  }

  #name(key: string, value: unknown): string | undefined {
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'string') return value.slice(0, LONGEST)
    if (typeof value === 'number' || typeof value === 'bigint') return String(value)
    this.#parts.refuse('bad_llm_name', `the ${key} of a call is a ${typeof value}, and no text`)
    return undefined
  }
}
