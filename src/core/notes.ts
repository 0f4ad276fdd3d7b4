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
