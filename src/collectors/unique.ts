import { hash } from 'node:crypto'
import { breather } from '../core/breathe.ts'
import type { Series } from '../core/series.ts'
import { type Clock, MINUTE } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { callSite } from './place.ts'

/** What tells users, devices, documents … apart; `7`, `7n` and `'7'` are the same. */
export type Id = string | number | bigint

/** What counting different ones needs. */
export interface UniqueOptions {
  readonly clock: Clock
  readonly guard: Guard
  /** Counts what is refused, by reason. */
  readonly drops: Map<string, number>
}

/** An id that came before the secret. */
interface Waiting {
  readonly metric: string
  readonly id: string
  readonly series: Series
  /** Unix ms of the call. */
  readonly time: number
}

/** Longer than any id: somebody gives whole documents. */
const LONGEST = 65_536
/** Ids that wait for the secret, at most, and their characters. */
const MOST_WAITING = 10_000
const MOST_CHARACTERS = 1_000_000
/** What waited longer than this is counted as if it had waited no longer. */
const LATEST = 5 * MINUTE

/**
 * Takes in ids of which only how many different ones there were is kept. An id is hashed together with a secret of the
 * store, so that nobody can try out ids on what is stored without it, and forgotten.
 */
export class Uniques {
  readonly #options: UniqueOptions
  /** By metric: what goes before an id. Other metrics give an id another hash, so that it cannot be followed over them. */
  readonly #salts = new Map<string, string>()
  #secret: string | undefined
  #waiting: Waiting[] = []
  #characters = 0
  #used = false

  constructor(options: UniqueOptions) {
    this.#options = options
  }

  /** Whether any id has come: before that, nobody needs a secret. */
  get used(): boolean {
    return this.#used
  }

  /** How many ids wait for the secret. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** What is hashed with each id; undefined until it is known. */
  get secret(): string | undefined {
    return this.#secret
  }

  /** The text of an id; undefined after a counted refusal. */
  check(metric: string, id: unknown): string | undefined {
    const text = textOf(id)
    if (text !== undefined) return text
    const name = String(metric).slice(0, 80)
    return this.#refuse('bad_id', name, `'${name}' was given ${shown(id)} as an id${callSite()}`)
  }

  /** Counts an id that was checked; before the secret is known, it waits. */
  add(metric: string, id: string, series: Series): void {
    const time = this.#options.clock.now()
    this.#used = true
    if (this.#secret !== undefined) this.#observe(metric, id, series, time)
    else if (this.#waiting.length < MOST_WAITING && this.#characters + id.length <= MOST_CHARACTERS) {
      this.#waiting.push({ metric, id, series, time })
      this.#characters += id.length
    } else {
      const most = `${this.#waiting.length} ids wait for the store already ('${metric}' and others)`
      this.#refuse('held', 'ids', most)
    }
  }

  /** From now on ids are hashed with this secret; those that waited for it are, in short turns, when it resolves. */
  async learn(secret: string): Promise<void> {
    if (this.#secret === secret) return
    this.#secret = secret
    this.#salts.clear()
    const waiting = this.#waiting
    this.#waiting = []
    this.#characters = 0
    const breathe = breather(1)
    for (const { metric, id, series, time } of waiting) {
      // To a registry what is older looks as if the clock had stepped back.
      this.#observe(metric, id, series, Math.max(time, this.#options.clock.now() - LATEST))
      const pause = breathe()
      if (pause !== undefined) await pause
    }
  }

  #observe(metric: string, id: string, series: Series, time: number): void {
    let salt = this.#salts.get(metric)
    if (salt === undefined) this.#salts.set(metric, (salt = `${this.#secret}\n${metric}\n`))
    // A string of bytes: a buffer for each hash, or hexadecimal digits, take three times as long.
    const bytes = hash('sha256', salt + id, 'latin1')
    series.observeId(word(bytes, 0), word(bytes, 4), time)
  }

  #refuse(reason: string, subject: string, line: string): undefined {
    const { drops, guard } = this.#options
    drops.set(reason, (drops.get(reason) ?? 0) + 1)
    guard.once(`${reason} ${subject}`, `not recorded: ${line}`)
    return undefined
  }
}

function word(bytes: string, at: number): number {
  const [a, b, c, d] = [
    bytes.charCodeAt(at),
    bytes.charCodeAt(at + 1),
    bytes.charCodeAt(at + 2),
    bytes.charCodeAt(at + 3),
  ]
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

function textOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id !== '' && id.length <= LONGEST ? id : undefined
  if (typeof id === 'number') return Number.isFinite(id) ? String(id) : undefined
  return typeof id === 'bigint' ? String(id) : undefined
}

function shown(id: unknown): string {
  if (typeof id === 'string') return id === '' ? "''" : `a text of ${id.length} characters`
  if (typeof id === 'object' && id !== null) return 'an object'
  return typeof id === 'number' || id === null || id === undefined ? String(id) : `a ${typeof id}`
}
