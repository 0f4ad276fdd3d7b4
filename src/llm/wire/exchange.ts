import type { Call } from '../call.ts'
import type { Ending, Watched } from '../seen.ts'
import { Answer } from './answer.ts'
import { resultOf } from './batch.ts'
import type { Begun } from './begun.ts'
import { type Facts, noFacts } from './facts.ts'
import { readAnswer } from './reading.ts'
import { callsOf, isCall, type Seen, unseen } from './report.ts'
import { costIn, usageIn } from './headers.ts'
import type { Doc } from './sieve.ts'

/** Where the calls go that an exchange turns out to be. */
export interface Outlet {
  now(): number
  call(call: Call, origin: unknown): void
  /** A response goes on in the background: what is fetched under this id ends the call. */
  park(id: string, begun: Begun): void
  /** The response of this id is there. */
  unpark(id: string): void
  /** Whether this result of a batch was fetched before. */
  isKnown(path: string, result: number): boolean
  caught(error: unknown): void
}

/** One exchange while it is watched: reads what passes by, and gives its call as soon as it is known. */
export class Exchange implements Watched {
  #begun: Begun
  /** What is known of it once its body has left, where that was not at hand when it began. It holds the request, so it goes once it was asked. */
  #again: (() => Begun) | undefined
  readonly #outlet: Outlet
  /** The id of the response in the background that this asks for. */
  readonly #parked: string
  readonly #facts: Facts = noFacts()
  readonly #seen: Seen = unseen()
  #answer: Answer | undefined
  #results = 0
  #over = false

  constructor(begun: Begun, outlet: Outlet, parked = '', again?: () => Begun) {
    this.#begun = begun
    this.#again = again
    this.#outlet = outlet
    this.#parked = parked
  }

  head(status: number, header: (name: string) => string | undefined): void {
    if (this.#over) return
    try {
      if (this.#again !== undefined) this.#begun = this.#again()
      this.#again = undefined
      this.#seen.status = status
      this.#seen.type = (header('content-type') ?? '').toLowerCase()
      this.#seen.cost = costIn(header)
      this.#seen.usage = usageIn(header)
      this.#answer = new Answer(this.#seen.type, {
        doc: (doc) => this.#read(doc),
        failed: () => void (this.#facts.failed = true),
        done: () => void (this.#facts.finished = true),
      })
    } catch (error) {
      this.#fault(error)
    }
  }

  bytes(chunk: Uint8Array): void {
    if (this.#over) return
    try {
      if (this.#seen.first < 0) this.#seen.first = this.#outlet.now() - this.#begun.at
      this.#answer?.feed(chunk)
      if (this.#facts.finished && !this.#begun.route.batch) this.end('whole')
    } catch (error) {
      this.#fault(error)
    }
  }

  end(how: Ending): void {
    if (this.#over) return
    this.#over = true
    this.#again = undefined
    try {
      this.#readRest()
      this.#report(how)
    } catch (error) {
      this.#fault(error)
    }
    this.#answer = undefined
  }

  /** A document that was cut off tells what it was of, and is no whole one. */
  #readRest(): void {
    const rest = this.#answer?.end()
    if (rest === undefined || this.#facts.finished) return
    this.#read(rest)
    this.#facts.finished = false
    this.#facts.pending = ''
  }

  #read(doc: Doc): void {
    // What follows the last word of an answer is not part of it.
    if (this.#facts.finished) return
    const { route, request } = this.#begun
    if (route.batch) return this.#readResult(doc)
    this.#seen.stream = route.streams || this.#answer?.form !== 'json' || this.#seen.type.includes('ndjson')
    const known = readAnswer(doc, this.#facts, { route, stream: this.#seen.stream, choices: request.choices })
    if (known) this.#seen.read = true
    else if (isRefusal(doc, this.#seen.status)) this.#seen.refused = true
  }

  /** Each line of a batch is a call of its own, counted once however often it is fetched. */
  #readResult(doc: Doc): void {
    const call = resultOf(doc, this.#begun)
    if (call === undefined || this.#outlet.isKnown(this.#begun.route.path, this.#results++)) return
    this.#outlet.call(call, this.#begun.origin)
  }

  #report(how: Ending): void {
    if (this.#begun.route.batch) return
    if (this.#parked !== '') {
      if (!this.#facts.finished) return
      this.#outlet.unpark(this.#parked)
    } else if (this.#facts.pending !== '') return this.#outlet.park(this.#facts.pending, this.#begun)
    if (!isCall(this.#begun, this.#seen, this.#facts)) return
    const duration = this.#outlet.now() - this.#begun.at
    const calls = callsOf(this.#begun, this.#seen, this.#facts, how, duration)
    for (const call of calls) this.#outlet.call(call, this.#begun.origin)
  }

  #fault(error: unknown): void {
    this.#over = true
    this.#again = undefined
    this.#answer = undefined
    this.#outlet.caught(error)
  }
}

/** Whether an error is written as providers do it. A 404 of an app has a text, or no error at all. */
function isRefusal(doc: Doc, status: number): boolean {
  const { error } = doc
  return (
    (typeof error === 'object' && error !== null) || (error === true && status !== 404) || doc['object'] === 'error'
  )
}
