import { isDeepStrictEqual } from 'node:util'
import type { Crew, Door, Hand } from './crew.ts'
import { type Item, nameOf } from './items.ts'
import type { Ledger } from './ledger.ts'
import { Random } from './random.ts'

const EVERY = 10
const PATIENCE = 20_000

/** What came back, and how long it took, ms. */
interface Reply {
  readonly status: number
  readonly body: string
  readonly headers: readonly (readonly [string, string])[]
  readonly ms: number
}

/** Asks the processes that live for one thing after the other, and their twins for the same; each answer must be the twin's. */
export class Load {
  readonly #crew: Crew
  readonly #ledger: Ledger
  readonly #random: Random
  /** For what seeds of old histories did not draw. */
  readonly #other: Random
  readonly #open = new Set<Promise<void>>()
  readonly #numbers = { money: 0, orders: 0, refused: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(crew: Crew, ledger: Ledger, random: Random) {
    this.#crew = crew
    this.#ledger = ledger
    this.#random = random
    this.#other = new Random(~random.seed)
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
    const hand = this.#random.pick(living)
    const asked = this.#ask(hand, this.#other.pick(hand.doors), this.#item())
    this.#open.add(asked)
    void asked.finally(() => this.#open.delete(asked))
  }

  #item(): Item {
    const kind = this.#random.chance(0.3) ? 'orders' : this.#other.chance(0.03) ? 'refused' : 'money'
    // Somebody asks again, perhaps elsewhere, as senders of webhooks do.
    const again = kind === 'orders' && this.#numbers.orders > 0 && this.#random.chance(0.3)
    const number = again ? Math.max(0, this.#numbers.orders - this.#random.whole(1, 30)) : this.#numbers[kind]++
    return { kind, number }
  }

  async #ask(hand: Hand, { life, url, bare }: Door, item: Item): Promise<void> {
    const { pid } = hand
    const at = performance.now()
    const ledger = this.#ledger
    let struck = ledger.cut > 0
    ledger.asks(life, item)
    const path = `/${item.kind}?item=${nameOf(item)}`
    // Who is asked first waits a little less.
    const order = item.number % 2 === 0 ? [url, bare] : [bare, url]
    const replies = new Map(order.map((origin) => [origin, ask(origin + path)]))
    const [mine, control] = await Promise.all([replies.get(url)!, replies.get(bare)!])
    const stood = hand.pid !== pid || !hand.lives
    struck ||= ledger.cut > 0
    if (!(mine instanceof Error) && mine.body.includes(nameOf(item))) ledger.answered(life, item)
    if (stood) return
    if (mine instanceof Error) ledger.wrongs.push(`${nameOf(item)} was not answered: ${String(mine)} ${cause(mine)}`)
    else if (control instanceof Error)
      ledger.wrongs.push(`${nameOf(item)} was not answered without the library: ${String(control)} ${cause(control)}`)
    else {
      ledger.samples.push({ at, ms: mine.ms, control: control.ms, struck })
      if (!isDeepStrictEqual({ ...mine, ms: 0 }, { ...control, ms: 0 }))
        ledger.wrongs.push(`${nameOf(item)} was answered with ${shown(mine)}, and by the twin with ${shown(control)}`)
    }
  }
}

async function ask(url: string): Promise<Reply | Error> {
  const began = performance.now()
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) })
    const body = await answer.text()
    const ms = performance.now() - began
    return { status: answer.status, body, headers: [...answer.headers].filter(([name]) => name !== 'date'), ms }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const cause = ({ cause: why }: Error): string => (why instanceof Error ? `(${why.message})` : '')
const shown = ({ status, body, headers }: Reply): string => `${status} ${body.slice(0, 100)} ${JSON.stringify(headers)}`
