/** A release that began to run. */
export interface Deployed {
  readonly release: string
  /** Unix ms. */
  readonly time: number
  /** Whether the app has said so, or a process found itself to be of this release. */
  readonly said: boolean
}

/** A metric that has too many label sets. */
export interface Overflowed {
  readonly metric: string
  /** The label with the most values; '' if it has none. */
  readonly label: string
  /** Unix ms. */
  readonly time: number
}

/** Which label of a metric overflowed, since when, and when a process last came upon it; Unix ms. */
export interface Overflow {
  readonly label: string
  readonly since: number
  readonly seen: number
}

/** The document that says which metrics overflowed. */
export const OVERFLOWS = 'overflows'

/** What that document says, by metric. */
export function readOverflows(text: string | undefined): Map<string, Overflow> {
  try {
    return new Map(Object.entries((JSON.parse(text ?? '{}') ?? {}) as Readonly<Record<string, Overflow>>))
  } catch {
    return new Map()
  }
}
