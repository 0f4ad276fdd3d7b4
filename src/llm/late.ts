import type { Clock } from '../core/time.ts'
import type { Asked, Ending, Watched, Watcher } from './seen.ts'
import type { LlmWatcher, LlmWatcherOptions } from './watcher.ts'
import { isTail, tail } from './wire/route.ts'

/** Bytes of answers that are remembered while what reads them is loaded. */
const MOST = 8 * 1024 * 1024

/** Both clocks at one moment. */
interface Moment {
  readonly now: number
  readonly monotonic: number
}

/** What was told of an exchange before there was somebody to tell it to. */
class Remembered implements Watched {
  readonly url: string
  /** Its headers have keys, so it goes once it was passed on. */
  #asked: Asked | undefined
  readonly #origin: unknown
  readonly #moment: () => Moment
  readonly #room: (bytes: number) => boolean
  #told: (readonly [Moment, (watched: Watched) => void])[] = []
  #watched: Watched | undefined
  #isOver = false
  readonly #begun: Moment

  constructor(asked: Asked, origin: unknown, moment: () => Moment, room: (bytes: number) => boolean) {
    this.url = asked.url
    this.#asked = asked
    this.#origin = origin
    this.#moment = moment
    this.#room = room
    this.#begun = moment()
  }

  head(status: number, header: (name: string) => string | undefined): void {
    this.#tell((watched) => watched.head(status, header))
  }

  bytes(chunk: Uint8Array): void {
    if (this.#watched !== undefined) return this.#watched.bytes(chunk)
    if (this.#isOver || !this.#room(chunk.length)) return void (this.#isOver = true)
    // They are only lent.
    const copy = chunk.slice()
    this.#tell((watched) => watched.bytes(copy))
  }

  end(how: Ending): void {
    this.#tell((watched) => watched.end(how))
  }

  /** Tells it all to `watcher`, as if it were then; false: there was more than could be remembered. */
  replay(watcher: Watcher, at: (moment: Moment | undefined) => void): boolean {
    const [told, asked] = [this.#told, this.#asked!]
    this.#told = []
    this.#asked = undefined
    if (this.#isOver) return false
    at(this.#begun)
    const watched = watcher.watch(asked, this.#origin)
    for (const [moment, tell] of watched === undefined ? [] : told) {
      at(moment)
      tell(watched!)
    }
    at(undefined)
    this.#watched = watched
    this.#isOver = watched === undefined
    return true
  }

  /** Nobody will ever be told. */
  forget(): void {
    this.#told = []
    this.#asked = undefined
    this.#isOver = true
  }

  #tell(tell: (watched: Watched) => void): void {
    if (this.#watched !== undefined) tell(this.#watched)
    else if (!this.#isOver) this.#told.push([this.#moment(), tell])
  }
}

/** Knows calls of models by their addresses; what reads them is loaded with the first one, and hears of it from its beginning. */
export class LateWatcher implements Watcher {
  readonly #options: LlmWatcherOptions
  #watcher: LlmWatcher | undefined
  #loading: Promise<void> | undefined
  #remembered: Remembered[] = []
  #bytes = 0
  #then: Moment | undefined
  #isClosed = false

  constructor(options: LlmWatcherOptions) {
    this.#options = options
  }

  wants(url: string): boolean {
    return this.#watcher?.wants(url) ?? isTail(tail(url))
  }

  watch(asked: Asked, origin: unknown): Watched | undefined {
    if (this.#watcher !== undefined) return this.#watcher.watch(asked, origin)
    const { clock } = this.#options
    const moment = (): Moment => ({ now: clock.now(), monotonic: clock.monotonic() })
    const remembered = new Remembered(asked, origin, moment, (bytes) => (this.#bytes += bytes) <= MOST)
    this.#remembered.push(remembered)
    this.#loading ??= this.#load()
    return remembered
  }

  missed(url: string, why: string): void {
    this.#options.guard.run('llm wire', () => this.#options.missed(url, why), undefined)
  }

  origin(): unknown {
    return this.#options.origin()
  }

  /** Resolves when what was told so far has been read; undefined: it has. */
  get settled(): Promise<void> | undefined {
    return this.#loading
  }

  /** Counts what goes on in the background and was never fetched. */
  close(): void {
    this.#isClosed = this.#loading !== undefined
    this.#watcher?.close()
  }

  async #load(): Promise<void> {
    try {
      const { LlmWatcher } = await import('./watcher.ts')
      const { clock: real } = this.#options
      const clock: Clock = {
        now: () => this.#then?.now ?? real.now(),
        monotonic: () => this.#then?.monotonic ?? real.monotonic(),
      }
      this.#watcher = new LlmWatcher({ ...this.#options, clock })
      this.#replay(this.#watcher)
    } catch (error) {
      this.#options.guard.caught('llm wire', error)
      for (const one of this.#remembered.splice(0)) {
        one.forget()
        this.missed(one.url, 'what reads it could not be loaded')
      }
    }
    this.#then = undefined
    this.#loading = undefined
    if (this.#isClosed) this.#watcher?.close()
  }

  #replay(watcher: LlmWatcher): void {
    const all = this.#remembered
    this.#remembered = []
    for (const one of all) {
      if (!one.replay(watcher, (moment) => (this.#then = moment)))
        this.missed(one.url, 'the answer came faster than what reads it was loaded')
    }
    this.#bytes = 0
  }
}
