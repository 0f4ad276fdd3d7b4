import { isThenable } from './collectors/timed.ts'
import type { LooseLabels } from './collectors/track.ts'
import type { Id } from './collectors/unique.ts'

/** Takes one value of a metric. */
export type Observe = (value: number, labels: LooseLabels) => void

/** A metric that is added to. */
export class Counter<L = LooseLabels> {
  readonly #observe: Observe

  constructor(observe: Observe) {
    this.#observe = observe
  }

  /** Adds `value` (1 unless given). Never throws. */
  add(value: number = 1, labels?: L): void {
    this.#observe(value, labels ?? {})
  }
}

/** A metric that is set. */
export class Gauge<L = LooseLabels> {
  readonly #observe: Observe
  readonly #read: (() => number | Promise<number>) | undefined
  /** A promise of the function's has not settled yet. */
  #waits = false

  constructor(observe: Observe, read?: () => number | Promise<number>) {
    this.#observe = observe
    this.#read = read
  }

  /** From now on the value is this. Never throws. */
  set(value: number, labels?: L): void {
    this.#observe(value, labels ?? {})
  }

  /** Takes the value from the function that the gauge was made with; of a promise when it comes. Throws what that throws. */
  read(failed: (error: unknown) => void): void {
    if (this.#read === undefined || this.#waits) return
    const value: unknown = this.#read()
    if (!isThenable(value)) return this.#observe(value as number, {})
    this.#waits = true
    const settled = (): void => void (this.#waits = false)
    Promise.resolve(value)
      .finally(settled)
      .then((late) => this.#observe(late as number, {}), failed)
  }
}

/** A metric of which percentiles are wanted. */
export class Histogram<L = LooseLabels> {
  readonly #observe: Observe

  constructor(observe: Observe) {
    this.#observe = observe
  }

  /** Takes in one value. Never throws. */
  observe(value: number, labels?: L): void {
    this.#observe(value, labels ?? {})
  }
}

/** A metric that is asked how many different ones there were: users, devices, documents. */
export class Unique<L = LooseLabels> {
  readonly #observe: (id: Id, labels: LooseLabels) => void

  constructor(observe: (id: Id, labels: LooseLabels) => void) {
    this.#observe = observe
  }

  /** Counts `id` unless it has been counted; it is hashed with a secret, and not kept. Never throws. */
  add(id: Id, labels?: L): void {
    this.#observe(id, labels ?? {})
  }
}
