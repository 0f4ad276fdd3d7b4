import type { Draft } from '../core/event.ts'
import type { Exchange } from './exchange.ts'

const SLOW = 1
const ABORTED = 2
const CUT = 4

/** Requests in columns: keeping one writes numbers into arrays that are there already. */
export class Rows {
  readonly #endpoint: string[]
  readonly #method: string[]
  readonly #time: Float64Array
  readonly #elapsed: Float64Array
  readonly #ttfb: Float64Array
  readonly #requestBytes: Float64Array
  readonly #responseBytes: Float64Array
  readonly #weight: Float64Array
  readonly #status: Uint16Array
  readonly #flags: Uint8Array

  constructor(capacity: number) {
    this.#endpoint = []
    this.#method = []
    this.#time = new Float64Array(capacity)
    this.#elapsed = new Float64Array(capacity)
    this.#ttfb = new Float64Array(capacity)
    this.#requestBytes = new Float64Array(capacity)
    this.#responseBytes = new Float64Array(capacity)
    this.#weight = new Float64Array(capacity)
    this.#status = new Uint16Array(capacity)
    this.#flags = new Uint8Array(capacity)
  }

  set(
    at: number,
    endpoint: string,
    method: string,
    exchange: Exchange,
    time: number,
    slow: boolean,
    weight: number
  ): void {
    this.#endpoint[at] = endpoint
    this.#method[at] = method
    this.#time[at] = time
    this.#elapsed[at] = exchange.elapsed
    this.#ttfb[at] = exchange.ttfb
    this.#requestBytes[at] = exchange.requestBytes
    this.#responseBytes[at] = exchange.responseBytes
    this.#weight[at] = weight
    this.#status[at] = exchange.status
    this.#flags[at] = (slow ? SLOW : 0) | (exchange.aborted ? ABORTED : 0) | (exchange.cut ? CUT : 0)
  }

  weigh(at: number, weight: number): void {
    this.#weight[at] = weight
  }

  event(at: number, instance: string): Draft {
    const flags = this.#flags[at]!
    const aborted = (flags & ABORTED) !== 0
    const fields = {
      method: this.#method[at]!,
      status: aborted ? 499 : this.#status[at]!,
      ttfb_ms: rounded(this.#ttfb[at]!),
      request_bytes: known(this.#requestBytes[at]!),
      response_bytes: known(this.#responseBytes[at]!),
      slow: (flags & SLOW) !== 0,
      aborted: aborted || (flags & CUT) !== 0,
      instance,
    }
    const time = Math.floor(this.#time[at]!)
    const value = Math.round(this.#elapsed[at]! * 1000) / 1000
    const weight = this.#weight[at]!
    return { kind: 'request', time, name: this.#endpoint[at]!, value, weight, labels: {}, fields }
  }
}

function rounded(ms: number): number | null {
  return ms < 0 ? null : Math.round(ms * 1000) / 1000
}

function known(bytes: number): number | null {
  return bytes < 0 ? null : bytes
}
