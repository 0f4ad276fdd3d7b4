import { setTimeout as sleep } from 'node:timers/promises'
import { MetricsError } from '../../src/errors.ts'
import type { Batch, Size, StorageDriver } from '../../src/storage/driver.ts'
import type { Answer, Ask, Standing, Store } from '../../src/storage/store.ts'

/** A store over a driver with nothing else beside the data; its answers do as `ask.route` says. */
export class Desk implements Store {
  readonly #driver: StorageDriver
  readonly #standing: () => Standing
  #refused = 0

  constructor(driver: StorageDriver, standing: () => Standing) {
    this.#driver = driver
    this.#standing = standing
  }

  async open(): Promise<Standing> {
    return this.#standing()
  }

  async put(batch: Batch): Promise<void> {
    await this.#driver.put(batch)
  }

  async answer({ route, params }: Ask): Promise<Answer> {
    const first = params[0]?.[1] ?? ''
    if (route === 'throw') setImmediate(() => fail(first))
    if (route === 'throw') await sleep(60_000)
    if (route === 'refuse') throw new MetricsError('bad_timezone', first, { hint: 'hint', parameter: 'timezone' })
    if (route === 'exit') process.exit(3)
    if (route === 'turn away') this.#refused += Number(first)
    if (route === 'memory') eat()
    if (route === 'spin') for (const until = performance.now() + Number(first); performance.now() < until;);
    if (route === 'wait') await sleep(Number(first))
    const events = (await this.#driver.size()).events
    return { status: 200, headers: { route }, body: Buffer.from(`${events} events`) }
  }

  async maintain(): Promise<void> {}

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return this.#driver.claim(ids, owner, now)
  }

  async get(key: string): Promise<string | undefined> {
    return this.#driver.get(key)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    return this.#driver.swap(key, seen, next)
  }

  async size(): Promise<Size> {
    return this.#driver.size()
  }

  standing(): Standing {
    return { ...this.#standing(), ...(this.#refused === 0 ? {} : { refused: this.#refused }) }
  }

  async close(): Promise<void> {
    await this.#driver.close()
  }
}

function fail(message: string): never {
  throw new Error(message)
}

function eat(): void {
  const eaten: string[][] = []
  for (;;) eaten.push(Array.from({ length: 100_000 }, (_, index) => `${index}`))
}
