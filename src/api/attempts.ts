import type { Clock } from '../core/time.ts'
import { MINUTE } from '../core/time.ts'

interface Tally {
  readonly since: number
  failed: number
}

/** Counts wrong keys by peer address in windows of a minute; remembers a bounded number of peers. */
export class Attempts {
  readonly #clock: Clock
  readonly #most: number
  readonly #peers: number
  readonly #tallies = new Map<string, Tally>()

  constructor(clock: Clock, most: number = 20, peers: number = 1000) {
    this.#clock = clock
    this.#most = most
    this.#peers = peers
  }

  /** Whole seconds until `peer` is heard again; 0 when it is heard now. */
  wait(peer: string): number {
    const tally = this.#current(network(peer))
    if (tally === undefined || tally.failed < this.#most) return 0
    return Math.max(1, Math.ceil((tally.since + MINUTE - this.#clock.monotonic()) / 1000))
  }

  /** Notes a wrong key. */
  failed(peer: string): void {
    const from = network(peer)
    const tally = this.#current(from)
    if (tally !== undefined) {
      tally.failed += 1
      return
    }
    if (this.#tallies.size >= this.#peers) this.#forgetOldest()
    this.#tallies.set(from, { since: this.#clock.monotonic(), failed: 1 })
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#tallies.size
  }

  #current(from: string): Tally | undefined {
    const tally = this.#tallies.get(from)
    if (tally === undefined || this.#clock.monotonic() - tally.since < MINUTE) return tally
    this.#tallies.delete(from)
    return undefined
  }

  #forgetOldest(): void {
    for (const from of this.#tallies.keys()) {
      this.#tallies.delete(from)
      return
    }
  }
}

/** IPv4 as it is; of IPv6 the first 64 bits, because one visitor owns all the rest. */
export function network(peer: string): string {
  const address = peer
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')
    .slice(0, 64)
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::', 2)
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  return [...front, ...Array.from({ length: zeros }, () => '0'), ...back].slice(0, 4).join(':')
}
