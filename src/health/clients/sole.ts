import { reasonOf } from './event.ts'

interface Waiter<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/**
 * An act of which one is under way at most. A run whose time is up lets go of it, and the next one takes it over: clients
 * keep what they could not send, pools keep who waits, and neither may collect what we ask.
 */
export class Sole<T> {
  readonly #act: (signal: AbortSignal) => Promise<T>
  readonly #unclaimed: (value: T) => void
  #waiter: Waiter<T> | undefined
  #isUnderWay = false

  /** `unclaimed` is given what comes when nobody waits for it any more. */
  constructor(act: (signal: AbortSignal) => Promise<T>, unclaimed: (value: T) => void = () => undefined) {
    this.#act = act
    this.#unclaimed = unclaimed
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** What the act gives; rejects when the signal is aborted before. */
  take(signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiter = undefined
        reject(reasonOf(signal))
      }
      const forget = (): void => signal.removeEventListener('abort', giveUp)
      signal.addEventListener('abort', giveUp)
      this.#waiter = {
        resolve: (value) => (forget(), resolve(value)),
        reject: (error) => (forget(), reject(error)),
      }
      if (!this.#isUnderWay) void this.#begin(signal)
    })
  }

  async #begin(signal: AbortSignal): Promise<void> {
    this.#isUnderWay = true
    try {
      const value = await this.#act(signal)
      const waiter = this.#settle()
      if (waiter === undefined) this.#unclaimed(value)
      else waiter.resolve(value)
    } catch (error) {
      this.#settle()?.reject(error)
    }
  }

  #settle(): Waiter<T> | undefined {
    const waiter = this.#waiter
    this.#waiter = undefined
    this.#isUnderWay = false
    return waiter
  }
}
