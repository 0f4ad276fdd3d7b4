import { kill, marked, type Running, running, startedBy } from './processes.ts'

const MINUTE = 60_000

/** Sees to it that a suite comes to an end, and that nothing of it stays behind. */
export class Watch {
  readonly #fileLimit: number
  readonly #suiteLimit: number
  readonly #mark: string
  readonly #began: number = performance.now()
  readonly #seen = new Map<number, number>()
  readonly #late: string[] = []

  /** `mark` is the variable that all processes of the suite have in their environment. */
  constructor(
    mark: string,
    { file = 5 * MINUTE, suite = 17 * MINUTE }: Partial<Record<'file' | 'suite', number>> = {}
  ) {
    this.#mark = mark
    this.#fileLimit = file
    this.#suiteLimit = suite
  }

  /** Ends test files that the runner has waited for too long; with the suite's time over, all of them and the runner. */
  look(runner: number): void {
    const now = performance.now()
    const all = running()
    const over = now - this.#began > this.#suiteLimit
    for (const file of all.filter(({ parent }) => parent === runner)) {
      const since = this.#seen.get(file.pid) ?? now
      this.#seen.set(file.pid, since)
      if (!over && now - since <= this.#fileLimit) continue
      this.#late.push(file.words.at(-1) ?? '?')
      kill([file, ...startedBy(file.pid, all)])
    }
    if (over) process.kill(runner, 'SIGKILL')
  }

  /** Ends what the suite left; tells of that, and of files that had to be ended. */
  async over(): Promise<string> {
    const left = await this.#left()
    kill(left)
    const late = this.#late.length > 0 ? `had not ended: ${this.#late.join(', ')}` : ''
    const behind = left.length > 0 ? `left behind: ${left.map(({ words }) => words.join(' ')).join(', ')}` : ''
    return [late, behind].filter(Boolean).join('; ')
  }

  /** What goes on although it has had time to end. */
  async #left(): Promise<readonly Running[]> {
    let left = marked(this.#mark)
    for (let turn = 0; turn < 20 && left.length > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      left = marked(this.#mark)
    }
    return left
  }
}
