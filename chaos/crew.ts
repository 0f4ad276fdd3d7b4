import { Child } from './child.ts'
import type { Field } from './field.ts'
import type { Ledger } from './ledger.ts'

/** A process that was told to end is given so long, ms. */
const PATIENCE = 15_000
/** What the library takes at most to keep what is left, ms: on a machine too busy for that, what was left is not promised. */
const GRACE = 1_000

/** What a process of the app is started with. */
export interface Start {
  readonly field: Field
  readonly ledger: Ledger
  /** When the history began, Unix ms. */
  readonly began: number
  /** Listens to SIGTERM itself, and closes. */
  readonly listens: boolean
  /** How many threads of it serve and record. */
  readonly threads: number
}

/** A thread that serves, and the same one of the twin. */
export interface Door {
  /** The recorder behind it. */
  readonly life: string
  readonly url: string
  readonly bare: string
}

/**
 * One process of the app, which faults may kill, freeze, and start again; and its twin, the same server without the
 * library, to which the same happens at the same time.
 */
export class Hand {
  /** Its place: 0, 1, … */
  readonly place: number
  readonly #start: Start
  #app: Child | undefined
  #twin: Child | undefined
  #serves = false
  #frozen = false
  /** By life, what it had taken when it was told to end in order, with a store that took everything. */
  #leaves: ReadonlyMap<string, readonly string[]> = new Map()
  #told = 0
  #ends: Promise<unknown> = Promise.resolve()

  constructor(place: number, start: Start) {
    this.place = place
    this.#start = start
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#app?.pid ?? 0
  }

  /** Of both: what slows one down from outside slows down the other one. */
  get pids(): readonly number[] {
    return [this.pid, this.#twin?.pid ?? 0]
  }

  get doors(): readonly Door[] {
    const bare = this.#twin?.urls ?? []
    return (this.#app?.urls ?? []).map((url, thread) => ({ life: this.#life(thread), url, bare: bare[thread]! }))
  }

  get runs(): boolean {
    return this.#app !== undefined && this.#app.end === undefined
  }

  /** Serves, and is not frozen. */
  get lives(): boolean {
    return this.runs && !this.#frozen && this.#serves
  }

  /** Sends a signal; what SIGSTOP and SIGCONT do is known to whoever asks `lives`. */
  signal(signal: NodeJS.Signals): void {
    if (!this.runs) return
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#frozen = signal === 'SIGSTOP'
    else {
      this.#serves = false
      this.#told = performance.now()
      this.#leaves = signal === 'SIGTERM' ? this.#promised() : new Map()
    }
    this.#app?.signal(signal)
    this.#twin?.signal(signal)
  }

  /** Resolves once the process is gone; one that does not go in time is wrong, and killed. */
  async gone(): Promise<void> {
    const [app, twin] = [this.#app, this.#twin]
    const timer = setTimeout(() => {
      this.#start.ledger.wrongs.push(`process ${this.pid} did not end in ${PATIENCE} ms`)
      app?.signal('SIGKILL')
      twin?.signal('SIGKILL')
    }, PATIENCE)
    await this.#ends
    clearTimeout(timer)
  }

  /** Starts a process in its place, unless one runs. */
  async start(): Promise<void> {
    if (this.runs) return
    const { field, began, listens, threads, ledger } = this.#start
    const listening = listens ? { CHAOS_LISTENS: '1' } : {}
    const mine = { CHAOS_STORAGE: field.url, CHAOS_BEGAN: `${began}`, CHAOS_PLACE: `${this.place}`, ...listening }
    const twin = new Child(field, { ...mine, CHAOS_BARE: '1' }, threads, (_, line) => ledger.said('twin', line))
    const app = new Child(field, mine, threads, (thread, line) => ledger.said(this.#nameOf(app.pid, thread), line))
    this.#app = app
    this.#twin = twin
    this.#frozen = false
    this.#serves = false
    this.#ends = Promise.all([app.closed.then(() => this.#ended(app)), twin.closed])
    await Promise.race([Promise.all([app.serves, twin.serves]), this.#ends])
    this.#serves = app.end === undefined && twin.end === undefined
  }

  /** Puts its clock so many ms ahead of the history's. One that does not live keeps its time. */
  async setClock(offset: number): Promise<void> {
    if (!this.lives) return
    await Promise.all(
      this.doors.map(({ url }) =>
        fetch(`${url}/ctl/clock?offset=${offset}`).then(
          (answer) => answer.text(),
          () => undefined
        )
      )
    )
  }

  #life(thread: number): string {
    return this.#nameOf(this.pid, thread)
  }

  #nameOf(pid: number, thread: number): string {
    return `app-${this.place}-${pid}-${thread}`
  }

  /** A signal comes to the first thread: the others are told of it by an app that listens, and otherwise end with it. */
  #promised(): ReadonlyMap<string, readonly string[]> {
    const { ledger, listens } = this.#start
    if (ledger.cut > 0) return new Map()
    const doors = listens ? this.doors : this.doors.slice(0, 1)
    return new Map(doors.map(({ life }) => [life, ledger.taken(life)]))
  }

  #ended(app: Child): void {
    const { ledger, threads } = this.#start
    const { signal, code } = app.end ?? { signal: null, code: null }
    this.#serves = false
    const inTime = performance.now() - this.#told < GRACE
    if (inTime && (signal === 'SIGTERM' || code === 0))
      for (const [life, names] of this.#leaves) ledger.kept(life, 0, names)
    this.#leaves = new Map()
    if (code !== null && code !== 0) ledger.wrongs.push(`process ${app.pid} ended with ${code}`)
    for (let thread = 0; thread < threads; thread++) ledger.ended(this.#nameOf(app.pid, thread))
  }
}

/** All processes of the app. */
export interface Crew {
  readonly hands: readonly Hand[]
}
