import { AsyncLocalStorage } from 'node:async_hooks'

const LEAST = 5
const LONGEST = 2 ** 31 - 1

/**
 * Calls `turn` when it has asked to be called, in the context in which it was made: a check that is registered while a
 * request is handled would otherwise run as part of that request for ever. Never keeps the process alive.
 */
export class Pulse {
  readonly #turn: () => number
  readonly #outside: <T>(work: () => T) => T = AsyncLocalStorage.snapshot()
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #isPoked = false
  #isStopped = false

  /** `turn` answers in how many ms it wants to be called again; it must not throw. */
  constructor(turn: () => number) {
    this.#turn = turn
  }

  /** Something has changed: calls soon, whatever was planned. */
  poke(): void {
    if (this.#isPoked) return
    this.#isPoked = true
    this.#plan(0)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopped || ms > LONGEST) return
    this.#timer = this.#outside(() => setTimeout(() => this.#beat(), ms).unref())
  }

  // After a turn of the loop in which sockets were read: where the app held the loop, the answer of a check may be
  // waiting there, and its time is not up.
  #beat(): void {
    this.#immediate = setImmediate(() => {
      if (this.#isStopped) return
      this.#isPoked = false
      const next = this.#turn()
      this.#plan(Math.max(LEAST, this.#isPoked ? 0 : next))
    }).unref()
  }
}
