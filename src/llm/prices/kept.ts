import type { Term } from './rates.ts'

/** A row kept by hand: what the catalogue does not know, or has wrong. */
export interface Kept {
  readonly provider: string
  /** Names that mean this model; a date behind one does not make it another. */
  readonly ids: readonly string[]
  readonly terms: readonly Term[]
  /** Where the price was read, and when. */
  readonly source: string
  readonly date: string
  /** Why it differs from a row of the catalogue; without this, such a row is an error. */
  readonly why?: string
  /** What the response does not tell (the size of an image) makes the price a guess. */
  readonly estimate?: true
}
