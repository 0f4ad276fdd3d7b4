import type { Draft } from '../core/event.ts'
import { SECOND } from '../core/time.ts'
import { UNMATCHED } from '../names.ts'
import type { Exchange } from './exchange.ts'
import { Rows } from './rows.ts'

/** What a RequestTail must know. */
export interface TailOptions {
  readonly instance: string
  readonly slow: number
  readonly sample: number
}

/** While traffic is low every request is an event: this many at once, then this many a second. */
const BURST = 5_000
/** Of requests that no route matches fewer: a scanner sends thousands, and they are all alike. */
const BURST_UNMATCHED = 500
const RATE = 10
/** Beyond that, of each second: this many errors and slow requests, and as many of the others. */
const PICKED = RATE / 2
/** Making more events than this at once would hold the event loop for too long. */
const DRAINED = 50

/** A random sample of a known size out of any number of requests. */
class Picked {
  readonly rows = new Rows(PICKED)
  /** How many there were, and how many requests those stand for. */
  #seen = 0
  #weight = 0
  #seed = (Math.random() * 2 ** 31) | 0

  add(endpoint: string, method: string, exchange: Exchange, at: number, slow: boolean, weight: number): void {
    this.#seen++
    this.#weight += weight
    const place = this.#seen <= PICKED ? this.#seen - 1 : this.#random() % this.#seen
    if (place < PICKED) this.rows.set(place, endpoint, method, exchange, at, slow, 0)
  }

  // Numerical Recipes' generator, its better bits; Math.random() would make a number on the heap for every request.
  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0
    return this.#seed >>> 8
  }

  /** Hands each of the sample on with its share of the weight, to the last one exactly, and begins anew. */
  take(give: (index: number, weight: number) => void): number {
    const size = Math.min(this.#seen, PICKED)
    for (let index = 0; index < size; index++) {
      const share = Math.floor(this.#weight / size) + (index < this.#weight % size ? 1 : 0)
      give(index, share)
    }
    this.#seen = 0
    this.#weight = 0
    return size
  }
}

/** The newest requests, bounded: all while there are few, else a sample whose weights sum up to all. */
export class RequestTail {
  readonly #options: TailOptions
  readonly #rows = new Rows(BURST)
  readonly #kept = new Picked()
  readonly #rest = new Picked()
  #head = 0
  #size = 0
  #tokens = BURST
  #unmatched = BURST_UNMATCHED
  #drainedAt: number | undefined
  #pickedAt = 0
  /** What `sample` has left out since the last one that it let through, and how near the next one is. */
  #passedOver = 0
  #share: number

  constructor(options: TailOptions) {
    this.#options = options
    this.#share = options.sample > 0 ? 1 - options.sample : 0
  }

  /** How many events wait to be drained. */
  get size(): number {
    return this.#size
  }

  add(endpoint: string, method: string, exchange: Exchange, at: number): void {
    const slow = exchange.elapsed >= this.#options.slow && !exchange.stream && !exchange.cut && !exchange.aborted
    const first = slow || (exchange.status >= 500 && !exchange.aborted)
    let weight = 1
    if (!first && this.#options.sample < 1) {
      weight = this.#sampled()
      if (weight === 0) return
    }
    const known = endpoint !== UNMATCHED
    if (this.#tokens >= 1 && this.#size < BURST && (known || first || this.#unmatched >= 1)) {
      this.#tokens--
      if (!known) this.#unmatched--
      this.#rows.set((this.#head + this.#size) % BURST, endpoint, method, exchange, at, slow, weight)
      this.#size++
    } else (first ? this.#kept : this.#rest).add(endpoint, method, exchange, at, slow, weight)
  }

  drain(now: number): Draft[] {
    const events: Draft[] = []
    const count = Math.min(this.#size, DRAINED)
    for (let index = 0; index < count; index++) {
      events.push(this.#event(this.#rows, (this.#head + index) % BURST))
    }
    this.#head = (this.#head + count) % BURST
    this.#size -= count
    this.#refill(now)
    if (this.#size === 0 && (now - this.#pickedAt >= SECOND || now < this.#pickedAt)) this.#drainPicked(events, now)
    return events
  }

  #drainPicked(events: Draft[], now: number): void {
    this.#pickedAt = now
    for (const picked of [this.#kept, this.#rest]) {
      const taken = picked.take((index, weight) => {
        picked.rows.weigh(index, weight)
        events.push(this.#event(picked.rows, index))
      })
      this.#tokens = Math.max(0, this.#tokens - taken)
    }
  }

  #refill(now: number): void {
    const passed = now - (this.#drainedAt ?? now)
    this.#drainedAt = now
    if (passed <= 0) return
    this.#tokens = Math.min(BURST, this.#tokens + (passed / SECOND) * RATE)
    this.#unmatched = Math.min(BURST_UNMATCHED, this.#unmatched + (passed / SECOND) * RATE)
  }

  /** 0: left out; otherwise how many requests this one stands for. */
  #sampled(): number {
    this.#passedOver++
    this.#share += this.#options.sample
    if (this.#share < 1 - 1e-9) return 0
    this.#share -= 1
    const weight = this.#passedOver
    this.#passedOver = 0
    return weight
  }

  #event(rows: Rows, index: number): Draft {
    return rows.event(index, this.#options.instance)
  }
}
