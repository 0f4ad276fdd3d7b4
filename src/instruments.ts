import type { LooseLabels } from './collectors/track.ts'

/** Takes one value of a metric. */
export type Observe = (value: number, labels: LooseLabels) => void

/** A metric that is added to. */
export class Counter {
  readonly #observe: Observe

  constructor(observe: Observe) {
    this.#observe = observe
  }

  /** Adds `value` (1 unless given). Never throws. */
  add(value: number = 1, labels: LooseLabels = {}): void {
    this.#observe(value, labels)
  }
}

/** A metric that is set. */
export class Gauge {
  readonly #observe: Observe
  readonly #read: (() => number) | undefined

  constructor(observe: Observe, read: (() => number) | undefined) {
    this.#observe = observe
    this.#read = read
  }

  /** From now on the value is this. Never throws. */
  set(value: number, labels: LooseLabels = {}): void {
    this.#observe(value, labels)
  }

  /** Takes the value from the function that the gauge was made with. */
  read(): void {
    if (this.#read !== undefined) this.#observe(this.#read(), {})
  }
}

/** A metric of which percentiles are wanted. */
export class Histogram {
  readonly #observe: Observe

  constructor(observe: Observe) {
    this.#observe = observe
  }

  /** Takes in one value. Never throws. */
  observe(value: number, labels: LooseLabels = {}): void {
    this.#observe(value, labels)
  }
}
