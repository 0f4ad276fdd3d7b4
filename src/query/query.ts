import type { StorageDriver } from '../storage/driver.ts'
import type { Dictionary } from './dictionary.ts'
import type { Kept, Question } from './question.ts'

/** Where questions are answered: beside the data. */
export interface Reader {
  readonly driver: StorageDriver
  readonly dictionary: Dictionary
  /** The configured zone: that of the days of tier 1d. */
  readonly timezone: string
  readonly kept: Kept
}

/** A value in an answer. */
export type Scalar = string | number | boolean | null
/** Flat, the same keys in the same order in every row of an answer. */
export type Row = Readonly<Record<string, Scalar>>

/** What bounds the work on one question. */
export interface Bounds {
  readonly signal?: AbortSignal
  /** Milliseconds; default 2,000. Over it: MetricsError `busy`. */
  readonly time?: number
}

/** An answer: rows, and the scalars around them in the order in which they are shown (`next` null, for the caller to fill in). */
export interface Result {
  readonly envelope: Row
  readonly rows: readonly Row[]
  /** Shape wide, where a column is not called like the label value that it shows: column → value. */
  readonly columns: Readonly<Record<string, string>> | null
  /** The `offset` of the next page, or null. */
  readonly next: number | null
  /** Seconds for which the answer may be kept: a tenth of the bucket, at least 5. */
  readonly maxAge: number
}

/** Answers a question. Throws a MetricsError for what cannot be answered (400s, `not_found` if strict, `too_large`, `busy`). */
export function run(_question: Question, _reader: Reader, _now: number, _bounds: Bounds = {}): Promise<Result> {
  throw new Error('not yet')
}
