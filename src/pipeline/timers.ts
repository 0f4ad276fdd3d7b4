const MAINTAIN_EVERY = 30_000
const FIRST_AFTER = 3_000

/** The two clocks of the pipeline: flushing, and looking after the store. Neither keeps the process alive. */
export class Timers {
  readonly #flush: NodeJS.Timeout
  #maintain: NodeJS.Timeout
  #stopped = false

  /** Both functions must not reject. */
  constructor(flushEvery: number, flush: () => Promise<unknown>, maintain: () => Promise<void>) {
    this.#flush = setInterval(() => void flush(), flushEvery).unref()
    const again = (after: number): NodeJS.Timeout =>
      // Jittered, so that processes that started together do not come together.
      setTimeout(
        () => {
          void maintain().then(() => {
            if (!this.#stopped) this.#maintain = again(MAINTAIN_EVERY)
          })
        },
        after * (0.75 + Math.random() / 2)
      ).unref()
    this.#maintain = again(FIRST_AFTER)
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#flush)
    clearTimeout(this.#maintain)
  }
}
