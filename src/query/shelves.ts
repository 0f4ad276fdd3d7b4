import type { Tier } from '../core/tiers.ts'
import type { BoxSelector, StorageDriver } from '../storage/driver.ts'
import { type Bare, opened } from './opened.ts'

/** Bytes of boxes kept at most, and of one reading. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST_OF_READING = MOST_BYTES / 2

interface Reading {
  readonly boxes: readonly Bare[]
  readonly bytes: number
}

/**
 * The sealed boxes that were read last, without their detail, for as long as the driver says that none has changed:
 * reading a month of them takes more time and memory than all else that is done for a question asked before. Without
 * a driver that says so, nothing is kept.
 */
export class Shelves {
  readonly #driver: StorageDriver
  readonly #readings = new Map<string, Reading>()
  #bytes = 0
  /** What the driver said last. */
  #version: string | undefined
  /** Another one whenever everything is forgotten: what was begun to be read before is not kept. */
  #age = 0

  constructor(driver: StorageDriver) {
    this.#driver = driver
  }

  /**
   * Forgets what may have changed; answers what the driver says. To be called when the open boxes have been read, since
   * what is sealed later is among those.
   */
  async look(): Promise<string | undefined> {
    const version = await this.#driver.version?.()
    if (version !== undefined && version === this.#version) return version
    this.#version = version
    this.#readings.clear()
    this.#bytes = 0
    this.#age++
    return version
  }

  /** Sealed boxes of a tier, as `StorageDriver.boxes` gives them, as of the last look or later. */
  boxes(tier: Tier, from: number, to: number): AsyncIterable<Bare> | Iterable<Bare> {
    const key = `${tier} ${from} ${to}`
    const known = this.#readings.get(key)
    if (known === undefined) return this.#read(key, { tier, which: 'sealed', from, to, detail: false })
    this.#readings.delete(key)
    this.#readings.set(key, known)
    return known.boxes
  }

  async *#read(key: string, selector: BoxSelector): AsyncGenerator<Bare> {
    const age = this.#age
    const boxes: Bare[] = []
    let bytes = 0
    for await (const bare of opened(this.#driver.boxes(selector))) {
      bytes += bare.numbers.length
      // A year of quarters is read through and let go.
      if (bytes <= MOST_OF_READING) boxes.push(bare)
      else boxes.length = 0
      yield bare
    }
    if (this.#version === undefined || age !== this.#age || bytes > MOST_OF_READING) return
    this.#keep(key, { boxes, bytes })
  }

  #keep(key: string, reading: Reading): void {
    this.#bytes += reading.bytes - (this.#readings.get(key)?.bytes ?? 0)
    this.#readings.set(key, reading)
    for (const [oldest, { bytes }] of this.#readings) {
      if (this.#bytes <= MOST_BYTES) break
      this.#readings.delete(oldest)
      this.#bytes -= bytes
    }
  }
}
