import { compare, type Status } from './check.ts'

/** Lets the status change only after so many results in a row that are worse, or better, than it. */
export class Damping {
  readonly #failAfter: number
  readonly #passAfter: number
  #status: Status | undefined
  #worse = 0
  #better = 0

  /** `first` is the status before any result; undefined: the first result is taken as it is. */
  constructor(failAfter: number, passAfter: number, first: Status | undefined) {
    this.#failAfter = failAfter
    this.#passAfter = passAfter
    this.#status = first
  }

  /** The status as it is shown; undefined before the first result. */
  get status(): Status | undefined {
    return this.#status
  }

  /** Takes a result in; gives the status from then on. */
  take(result: Status): Status {
    const difference = this.#status === undefined ? 0 : compare(result, this.#status)
    this.#worse = difference > 0 ? this.#worse + 1 : 0
    this.#better = difference < 0 ? this.#better + 1 : 0
    const turns = this.#status === undefined || this.#worse >= this.#failAfter || this.#better >= this.#passAfter
    if (!turns) return this.#status!
    this.#worse = 0
    this.#better = 0
    this.#status = result
    return result
  }
}
