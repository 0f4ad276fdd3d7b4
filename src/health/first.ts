/** So many may wait: an orchestrator is one or a few, and a crowd would be answered too late all at once. */
const MOST = 64

/** Lets those who ask too early wait for the first round of checks. */
export class FirstRound {
  #waiting: Promise<void> | undefined
  #count = 0
  #over: () => void = () => undefined

  /** Resolves when the round is over, or the time that the first who waits gave it (ms); undefined where too many wait. */
  wait(ms: number): Promise<void> | undefined {
    if (++this.#count > MOST) return undefined
    this.#waiting ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.over(), ms)
      timer.unref()
      this.#over = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    return this.#waiting
  }

  /** There is nothing to wait for any more. */
  over(): void {
    this.#over()
    this.#waiting = undefined
    this.#count = 0
  }
}
