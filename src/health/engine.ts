import type { Clock } from '../core/time.ts'
import { type Check, type Status, worse } from './check.ts'
import { Checked, type Result, type Standing } from './checked.ts'

/** So many checks run at once; the others wait for the next turn. */
const AT_ONCE = 32

/** All checks of a process. It starts no timer: whoever has one calls `turn`, and reading runs nothing. */
export class Engine {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #result: (result: Result) => void
  readonly #checks = new Map<string, Checked>()
  #ended = false

  /** `result` is told of every result; what it throws is lost. */
  constructor(clock: Clock, result: (result: Result) => void, random: () => number = Math.random) {
    this.#clock = clock
    this.#random = random
    this.#result = (one) => {
      try {
        result(one)
      } catch {
        // Whoever listens to results must not stop checks.
      }
    }
  }

  /** Adds a check, due at once; false where there is one of that name already. */
  add(check: Check): boolean {
    if (this.#checks.has(check.name)) return false
    if (!this.#ended) this.#checks.set(check.name, new Checked(check, this.#clock, this.#random, this.#result))
    return true
  }

  /** Forgets a check, and gives up its run. */
  remove(name: string): void {
    this.#checks.get(name)?.end()
    this.#checks.delete(name)
  }

  /** Starts what is due and gives up what is late; answers in how many ms to come again, Infinity for never. */
  turn(): number {
    let running = 0
    for (const checked of this.#checks.values()) if (checked.isRunning) running++
    let next = Infinity
    for (const checked of this.#checks.values()) {
      const before = checked.isRunning
      next = Math.min(next, checked.turn(running < AT_ONCE))
      if (!before && checked.isRunning) running++
    }
    return Math.max(0, next - this.#clock.monotonic())
  }

  /** The worst that the checks' impacts let through. Every probe asks for it, so nothing is made. */
  get status(): Status {
    const now = this.#clock.monotonic()
    let status: Status = 'pass'
    for (const checked of this.#checks.values()) {
      const one = checked.status(now)
      const { impact } = checked.check
      if (one !== null && one !== 'pass' && impact !== 'info')
        status = worse(status, impact === 'critical' ? one : 'warn')
    }
    return status
  }

  /** How each check stands, in the order in which they were added. */
  standings(): Standing[] {
    return [...this.#checks.values()].map((checked) => checked.standing())
  }

  /** True once every check that is critical has had a result. */
  get isKnown(): boolean {
    for (const checked of this.#checks.values()) {
      if (checked.check.impact === 'critical' && !checked.isKnown) return false
    }
    return true
  }

  /** Aborts what runs and forgets all checks. */
  end(): void {
    this.#ended = true
    for (const checked of this.#checks.values()) checked.end()
    this.#checks.clear()
  }
}
