import { MetricsError } from '../../src/errors.ts'
import type { Event } from '../../src/core/event.ts'
import type { Box, Name, StorageDriver } from '../../src/storage/driver.ts'
import type { Random } from '../random.ts'

type Listed = Box | Event | Name

/** What lies between one process and the store: calls take their time, are refused, or are carried out and not answered. */
export class Link {
  /** How often a call goes wrong, from 0 to 1. */
  trouble = 0
  /** The process is gone: what was sent may still be carried out, and no one hears of it. */
  dead = false
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** The driver at the other end. */
  over(driver: StorageDriver): StorageDriver {
    return new Proxy(driver, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function' || key === 'close' || key === 'open') return bound(value, target)
        if (key === 'boxes' || key === 'names' || key === 'events')
          return (...args: unknown[]) => this.#listed(() => value.apply(target, args) as AsyncIterable<Listed>)
        return (...args: unknown[]) => this.#called(() => value.apply(target, args) as unknown)
      },
    })
  }

  async #called(call: () => unknown): Promise<unknown> {
    await this.#pass()
    const result = await call()
    await this.#pass()
    return result
  }

  async *#listed(call: () => AsyncIterable<Listed>): AsyncGenerator<Listed> {
    await this.#pass()
    for await (const one of call()) {
      yield one
      if (this.#random.chance(0.05)) await this.#pass()
    }
  }

  /** One way: some turns, in which others come first, and perhaps no arrival. */
  async #pass(): Promise<void> {
    for (let turns = this.#random.whole(0, 12); turns > 0; turns--) await Promise.resolve()
    if (this.dead || this.#random.chance(this.trouble)) throw new MetricsError('storage_failed', 'It did not arrive.')
  }
}

function bound(value: unknown, target: object): unknown {
  return typeof value === 'function' ? (value.bind(target) as unknown) : value
}
