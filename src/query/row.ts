/** A value in an answer. */
export type Scalar = string | number | boolean | null

/** Flat, the same keys in the same order in every row of an answer. */
export type Row = Readonly<Record<string, Scalar>>

/** An answer: rows, and the scalars around them in the order in which they are shown (`next` null, for the caller to fill in). */
export interface Result {
  readonly envelope: Row
  readonly rows: readonly Row[]
  /** Shape wide, where a column is not called like the label value that it shows: column → value. */
  readonly columns: Readonly<Record<string, string>> | null
  /** The `offset` of the next page, or null. */
  readonly next: number | null
  /** Seconds for which the answer may be kept. */
  readonly maxAge: number
}
