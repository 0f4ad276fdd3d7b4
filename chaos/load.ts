import type { Crew, Hand } from './crew.ts'
import { type Item, nameOf } from './items.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'

const EVERY = 10
const PATIENCE = 20_000

/** Asks the processes that live for one thing after the other; each answer must be the right one. */
export class Load {
  readonly #crew: Crew
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #open = new Set<Promise<void>>()
  readonly #numbers = { money: 0, orders: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(crew: Crew, ledger: Ledger, random: Random) {
    this.#crew = crew
    this.#ledger = ledger
    this.#random = random
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), EVERY)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
  }

  #turn(): void {
    const living = this.#crew.hands.filter(({ lives }) => lives)
    if (living.length === 0) return
    const kind = this.#random.chance(0.3) ? 'orders' : 'money'
    // Somebody asks again, perhaps elsewhere, as senders of webhooks do.
    const again = kind === 'orders' && this.#numbers.orders > 0 && this.#random.chance(0.3)
    const number = again ? Math.max(0, this.#numbers.orders - this.#random.whole(1, 30)) : this.#numbers[kind]++
    const asked = this.#ask(this.#random.pick(living), { kind, number })
    this.#open.add(asked)
    void asked.finally(() => this.#open.delete(asked))
  }

  async #ask(hand: Hand, item: Item): Promise<void> {
    const { pid, url } = hand
    const began = performance.now()
    this.#ledger.asks(item)
    try {
      const answer = await fetch(`${url}/${item.kind}?item=${nameOf(item)}`, { signal: AbortSignal.timeout(PATIENCE) })
      const text = await answer.text()
      const stood = hand.pid !== pid || !hand.lives
      if (answer.status === 200 && text === nameOf(item))
        this.#ledger.answered(pid, item, stood ? undefined : performance.now() - began)
      else this.#ledger.wrongs.push(`${nameOf(item)} was answered with ${answer.status} ${text.slice(0, 100)}`)
    } catch (error) {
      if (hand.pid === pid && hand.lives) this.#ledger.wrongs.push(`${nameOf(item)} was not answered: ${String(error)}`)
    }
  }
}
