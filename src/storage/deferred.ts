import type { Batch, Size } from './driver.ts'
import type { Answer, Ask, Standing, Store } from './store.ts'

/** A store whose code is loaded while the app goes on: what answers questions is not needed to record. */
export class Deferred implements Store {
  readonly #loading: Promise<Store>
  #standing: () => Standing

  /** `standing` holds until the store is there. */
  constructor(load: () => Promise<Store>, standing: Standing) {
    this.#standing = () => standing
    this.#loading = load().then((store) => {
      this.#standing = () => store.standing()
      return store
    })
    // Each call rejects with it; nobody may be waiting yet.
    this.#loading.catch(() => undefined)
  }

  async open(): Promise<Standing> {
    return (await this.#loading).open()
  }

  async put(batch: Batch): Promise<void> {
    return (await this.#loading).put(batch)
  }

  async answer(ask: Ask): Promise<Answer> {
    return (await this.#loading).answer(ask)
  }

  async maintain(now: number): Promise<void> {
    return (await this.#loading).maintain(now)
  }

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return (await this.#loading).claim(ids, owner, now)
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#loading).get(key)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    return (await this.#loading).swap(key, seen, next)
  }

  async size(): Promise<Size> {
    return (await this.#loading).size()
  }

  standing(): Standing {
    return this.#standing()
  }

  async close(): Promise<void> {
    return (await this.#loading).close()
  }
}
