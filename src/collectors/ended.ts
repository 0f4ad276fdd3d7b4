import type { Exchange } from './exchange.ts'

/** So many are counted at once: a part of a millisecond. */
const ROOM = 64
const WIDTH = 8
const ABORTED = 1
const STREAM = 2
const CUT = 4

/** Told of each request, in the order in which they ended; `at` is Unix ms. */
export type Take<Endpoint, Recorder> = (endpoint: Endpoint, recorder: Recorder, exchange: Exchange, at: number) => void

/**
 * Requests that are over and not counted yet. To count one takes some tens of places in memory, all of which the app has
 * pushed out of the processor's cache since the last one; to note it takes one, and many are then counted at the price of
 * a few.
 */
export class Ended<Endpoint, Recorder> {
  readonly #endpoints: Endpoint[] = []
  readonly #recorders: Recorder[] = []
  readonly #numbers = new Float64Array(ROOM * WIDTH)
  #size = 0
  /** One number on the heap for all that ended in its millisecond. */
  #at: number | undefined
  // Fractions, so that the engine keeps these fields as doubles and writes them in place.
  readonly #exchange: Required<Exchange> = {
    status: 0,
    elapsed: 0.5,
    ttfb: 0.5,
    requestBytes: 0.5,
    responseBytes: 0.5,
    aborted: false,
    stream: false,
    cut: false,
    blocked: 0.5,
  }

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** Notes one; true: there is room for no more, and they are to be drained. */
  add(endpoint: Endpoint, recorder: Recorder, exchange: Exchange, at: number): boolean {
    const index = this.#size++
    this.#endpoints[index] = endpoint
    this.#recorders[index] = recorder
    const numbers = this.#numbers
    const from = index * WIDTH
    numbers[from] = exchange.status
    numbers[from + 1] = exchange.elapsed
    numbers[from + 2] = exchange.ttfb
    numbers[from + 3] = exchange.requestBytes
    numbers[from + 4] = exchange.responseBytes
    numbers[from + 5] = exchange.blocked ?? 0
    numbers[from + 6] = at
    numbers[from + 7] = (exchange.aborted ? ABORTED : 0) | (exchange.stream ? STREAM : 0) | (exchange.cut ? CUT : 0)
    return this.#size === ROOM
  }

  /** Hands all of them on; the exchange is one object, used again and again. */
  drain(take: Take<Endpoint, Recorder>): void {
    const size = this.#size
    this.#size = 0
    const numbers = this.#numbers
    const exchange = this.#exchange
    for (let index = 0; index < size; index++) {
      const from = index * WIDTH
      exchange.status = numbers[from]!
      exchange.elapsed = numbers[from + 1]!
      exchange.ttfb = numbers[from + 2]!
      exchange.requestBytes = numbers[from + 3]!
      exchange.responseBytes = numbers[from + 4]!
      exchange.blocked = numbers[from + 5]!
      if (this.#at !== numbers[from + 6]) this.#at = numbers[from + 6]!
      const flags = numbers[from + 7]!
      exchange.aborted = (flags & ABORTED) !== 0
      exchange.stream = (flags & STREAM) !== 0
      exchange.cut = (flags & CUT) !== 0
      take(this.#endpoints[index]!, this.#recorders[index]!, exchange, this.#at!)
    }
  }
}
