import { type Item, kindOf, nameOf } from './items.ts'
import { Life } from './life.ts'
import type { Sample } from './pace.ts'

/** What was asked for, what was said to be kept, and by whom. Only what a user could know is in it. */
export class Ledger {
  /** Every item that some process may have been given. */
  readonly sent: Set<string> = new Set()
  readonly acknowledged: Set<string> = new Set()
  /** Every recorder that ever was, by the name of its instance. */
  readonly lives: Map<string, Life> = new Map()
  requests: { sent: number; acknowledged: number } = { sent: 0, acknowledged: 0 }
  /** Answered, and then lost with a process: what a kill may cost. */
  lost = 0
  /** Responses that were not as they should be, and exceptions nobody caught. */
  readonly wrongs: string[] = []
  /** How long requests to processes that lived took, here and without the library. */
  readonly samples: Sample[] = []
  /** Lines of the library's log, and how often each. */
  readonly log: Map<string, number> = new Map()
  /** True while the store may refuse what it is given. */
  cut = 0

  /** Somebody asks a recorder for an item. */
  asks(life: string, item: Item): void {
    const name = nameOf(item)
    const { asked, requests } = this.#life(life)
    asked.add(name)
    requests.asked++
    if (item.kind !== 'refused') this.sent.add(name)
    this.requests.sent++
  }

  answered(life: string, item: Item): void {
    const { kept, taken } = this.#life(life)
    if (!kept.has(nameOf(item))) taken.add(nameOf(item))
  }

  /** A recorder has said that these are kept, and so many requests. */
  kept(life: string, requests: number, names: readonly string[]): void {
    const account = this.#life(life)
    for (const name of names) {
      if (kindOf(name) !== 'refused') this.acknowledged.add(name)
      account.kept.add(name)
      account.taken.delete(name)
    }
    account.requests.kept += requests
    this.requests.acknowledged += requests
  }

  /** What a recorder has answered and not acknowledged. */
  taken(life: string): readonly string[] {
    return [...this.#life(life).taken]
  }

  /** A recorder is gone; in order, or with what it had not kept yet. */
  ended(life: string): void {
    const { taken } = this.#life(life)
    this.lost += taken.size
    taken.clear()
  }

  /** To how many recorders an item went. */
  tellings(name: string): number {
    return [...this.lives.values()].filter(({ asked }) => asked.has(name)).length
  }

  /** `app` said a line. */
  said(life: string, line: string): void {
    const [word, ...rest] = line.split(' ')
    if (word === 'kept') this.kept(life, Number(rest[0]), rest.slice(1).filter(Boolean))
    else if (word === 'drops') this.dropped(life, Number(rest[0]))
    else if (word === 'fatal') this.wrongs.push(`the app would have died: ${rest.join(' ')}`)
    else if (word === 'log') this.log.set(rest.join(' '), (this.log.get(rest.join(' ')) ?? 0) + 1)
  }

  /** A recorder says how much it has dropped. */
  dropped(life: string, drops: number): void {
    this.#life(life).says(drops)
  }

  #life(name: string): Life {
    const known = this.lives.get(name)
    if (known !== undefined) return known
    const life = new Life()
    this.lives.set(name, life)
    return life
  }
}
