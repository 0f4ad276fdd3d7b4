import { type Bound, type Line, type Reply, within } from './line.ts'

interface Result extends ReadonlyArray<readonly (Uint8Array | null)[]> {
  readonly count: number | null
}

interface Pending extends Promise<Result> {
  raw(): Pending
  simple(): Pending
  cancel(): unknown
}

/** The function that the package `postgres` gives, by the part of it that we use. */
export interface Sql {
  unsafe(text: string, values?: never, options?: never): unknown
}

type Unsafe = (text: string, values: readonly Bound[], options: { readonly prepare: boolean }) => Pending

const textOf = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString())

/** Statements over the app's own `postgres()`. */
export class PostgresJsLine implements Line {
  readonly #unsafe: Unsafe

  constructor(sql: Sql) {
    this.#unsafe = sql.unsafe.bind(sql) as unknown as Unsafe
  }

  async run(text: string, values: readonly Bound[], ms: number): Promise<Reply> {
    // Nothing is prepared by name, so that it works through any pooler.
    const asked = this.#unsafe(text, values, { prepare: false }).raw()
    const query = values.length === 0 ? asked.simple() : asked
    const result = await within(query, ms, () => cancel(query))
    // Of several statements each has a result of its own.
    const last = (values.length === 0 && Array.isArray(result[0]?.[0]) ? result.at(-1) : result) as unknown as Result
    return { rows: [...last].map((row) => row.map(textOf)), count: last.count ?? last.length }
  }

  async close(): Promise<void> {}
}

function cancel(query: Pending): void {
  // It asks the server by another connection, which may fail, too.
  Promise.resolve()
    .then(() => query.cancel())
    .catch(() => undefined)
}
