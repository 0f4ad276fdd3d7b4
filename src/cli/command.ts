/** What a command may use of the world. */
export interface World {
  /** Unix ms. */
  readonly now: number
  /** A line for who asked, and one for who looks for what went wrong. */
  readonly out: (line: string) => void
  readonly error: (line: string) => void
  /** Rows of a question to a store that is not ours: it is read and left as it is. Rejects when it cannot be. */
  readonly ask: (storage: string, question: Question) => Promise<readonly Line[]>
  /** Rows of what a route of the JSON API answers for a store that is not ours. */
  readonly call: (
    storage: string,
    route: string,
    params: readonly (readonly [string, string])[]
  ) => Promise<readonly Line[]>
}

/** A question as GET /metrics/query takes it. */
export interface Question {
  readonly metric: string
  readonly from: string
  readonly groupBy: readonly string[]
  readonly where: Readonly<Record<string, string>>
  readonly limit: number
}

/** A row of an answer. */
export type Line = Readonly<Record<string, string | number | boolean | null>>

/** One of the things that the command line can do. */
export interface Command {
  readonly name: string
  /** What it does, in a line. */
  readonly summary: string
  readonly help: string
  /** Gives the exit code; throws a Misuse for what was written wrongly. */
  run(words: readonly string[], world: World): Promise<number>
}

/** The command line was written wrongly: the message says how. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
}
