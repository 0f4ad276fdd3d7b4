import { type Item, nameOf } from './items.ts'

/** What is known of one process while it runs. */
interface Account {
  /** Answered, and not acknowledged yet. */
  readonly taken: Set<string>
  requests: number
}

/** What was asked for, what was said to be kept, and by whom. Only what a user could know is in it. */
export class Ledger {
  /** Every item that some process may have been given. */
  readonly sent: Set<string> = new Set()
  readonly acknowledged: Set<string> = new Set()
  /** To how many processes an item went. */
  readonly tellings: Map<string, number> = new Map()
  requests: { sent: number; acknowledged: number } = { sent: 0, acknowledged: 0 }
  /** Answered, and then lost with a process: what a kill may cost. */
  lost = 0
  /** Responses that were not as they should be, and exceptions nobody caught. */
  readonly wrongs: string[] = []
  /** Of requests to processes that lived, ms. */
  readonly latencies: number[] = []
  /** Lines of the library's log, and how often each. */
  readonly log: Map<string, number> = new Map()
  /** True while the store may refuse what it is given. */
  cut = 0
  readonly #accounts = new Map<number, Account>()

  asks(item: Item): void {
    const name = nameOf(item)
    this.sent.add(name)
    this.tellings.set(name, (this.tellings.get(name) ?? 0) + 1)
    this.requests.sent++
  }

  answered(pid: number, item: Item, ms: number | undefined): void {
    const account = this.#account(pid)
    if (!this.acknowledged.has(nameOf(item))) account.taken.add(nameOf(item))
    account.requests++
    if (ms !== undefined) this.latencies.push(ms)
  }

  /** A process has said that these are kept, and so many requests. */
  kept(pid: number, requests: number, names: readonly string[]): void {
    const account = this.#account(pid)
    for (const name of names) {
      this.acknowledged.add(name)
      account.taken.delete(name)
    }
    account.requests -= requests
    this.requests.acknowledged += requests
  }

  /** What a process has answered and not acknowledged. */
  taken(pid: number): readonly string[] {
    return [...this.#account(pid).taken]
  }

  /** A process is gone; in order, or with what it had not kept yet. */
  ended(pid: number): void {
    this.lost += this.#account(pid).taken.size
    this.#accounts.delete(pid)
  }

  /** `app` said a line. */
  said(pid: number, line: string): void {
    const [word, ...rest] = line.split(' ')
    if (word === 'kept') this.kept(pid, Number(rest[0]), rest.slice(1).filter(Boolean))
    else if (word === 'fatal') this.wrongs.push(`the app would have died: ${rest.join(' ')}`)
    else if (word === 'log') this.log.set(rest.join(' '), (this.log.get(rest.join(' ')) ?? 0) + 1)
  }

  #account(pid: number): Account {
    const known = this.#accounts.get(pid)
    if (known !== undefined) return known
    const account: Account = { taken: new Set(), requests: 0 }
    this.#accounts.set(pid, account)
    return account
  }
}
