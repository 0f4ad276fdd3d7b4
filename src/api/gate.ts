import { MetricsError } from '../errors.ts'

/** Lets few questions run at once and few wait; the rest are told to come back. */
export class Gate {
  readonly #most: number
  readonly #queue: number
  readonly #patience: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number, queue: number, patience: number) {
    this.#most = most
    this.#queue = queue
    this.#patience = patience
  }

  get running(): number {
    return this.#running
  }

  /** Runs `work` when its turn has come. Rejects with `busy` when the queue is full or the wait too long. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await this.#turn()
    else this.#running += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place goes from hand to hand: `running` stays as it is.
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#queue) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        reject(busy())
      }, this.#patience)
      this.#waiting.push(begin)
    })
  }
}

function busy(): MetricsError {
  return new MetricsError('busy', 'Too many questions at once.', { hint: 'Ask again in a second, one at a time.' })
}
