/** A row as its columns' texts. */
export type Row = readonly (string | null)[]

/** What a statement gave, and how many rows it gave or changed. */
export interface Reply {
  readonly rows: readonly Row[]
  readonly count: number
}

/** What is bound to $1, $2 …: texts and bytes only, since libraries treat everything else each in its own way. */
export type Bound = string | Uint8Array

/** A way to one database, whichever library it is of; each call is a transaction of its own. */
export interface Line {
  /** Runs one statement, or several without values; settles within `ms`, whatever the server does. */
  run(text: string, values: readonly Bound[], ms: number): Promise<Reply>
  /** Gives up what is ours of it. */
  close(): Promise<void>
}

/** What a statement that took too long is rejected with. */
export class Overdue extends Error {
  constructor() {
    super('no answer in time')
  }
}

/** What `work` gives, or `Overdue` after `ms`; `late` is told then. */
export function within<T>(work: Promise<T>, ms: number, late: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(new Overdue())
        late()
      },
      Math.max(0, ms)
    )
    timer.unref()
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
