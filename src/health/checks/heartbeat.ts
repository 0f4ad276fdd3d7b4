import type { Clock } from '../../core/time.ts'
import { MINUTE } from '../../core/time.ts'
import type { CheckFunction } from '../check.ts'

/** A sign of life of a job: `beat()` each time that it has done its work. */
export interface Heartbeat {
  /** Never throws; may be taken off the object. */
  readonly beat: () => void
}

/** Where beats are kept for other processes, and read from them. */
export interface BeatsKept {
  beat(name: string, time: number): void
  last(name: string): Promise<number | undefined>
}

/** So long a job is given after a start, if it is not to beat more often: what it missed while nobody ran is no alarm yet. */
const GRACE = 5 * MINUTE

/**
 * Fails while the last beat of a name, here or in a process beside or before this one, is longer ago than `every` (ms).
 * Before the first there ever was it counts from now.
 */
export class Pulsing {
  readonly #clock: Clock
  readonly #name: string
  readonly #every: number
  readonly #kept: BeatsKept
  readonly #begun: number
  #beat: number | undefined
  /** Unix ms of the last one that others know of. */
  #known: number | undefined
  #isAsking = false
  /** The store has said what it knows from before. */
  #hasHeard = false

  constructor(clock: Clock, name: string, every: number, kept: BeatsKept) {
    this.#clock = clock
    this.#name = name
    this.#every = every
    this.#kept = kept
    this.#begun = clock.monotonic()
  }

  readonly beat = (): void => {
    this.#beat = this.#clock.monotonic()
    this.#kept.beat(this.#name, this.#clock.now())
  }

  readonly run: CheckFunction = () => {
    const silent = this.#silent()
    if (!this.#hasHeard || silent > this.#every / 2) this.#ask()
    const known = { value: Math.round(silent / 100) / 10, unit: 's' }
    const isNew = this.#clock.monotonic() - this.#begun <= Math.min(this.#every, GRACE)
    if (silent <= this.#every || isNew) return { status: 'pass', ...known }
    return { status: 'fail', code: 'no_beat', message: `silent for ${known.value} s`, ...known }
  }

  #silent(): number {
    const here = this.#clock.monotonic() - (this.#beat ?? this.#begun)
    if (this.#known === undefined) return here
    const there = Math.max(0, this.#clock.now() - this.#known)
    return this.#beat === undefined ? there : Math.min(here, there)
  }

  /** Not waited for: a store that hangs is no job that is dead. */
  #ask(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    void this.#kept
      .last(this.#name)
      .then((time) => {
        this.#known = time ?? this.#known
        this.#hasHeard = true
      })
      .catch(() => undefined)
      .finally(() => (this.#isAsking = false))
  }
}
