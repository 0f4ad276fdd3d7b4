/** The two clocks. Everything that needs the time is given one of these; `Date.now` occurs nowhere else. */
export interface Clock {
  /** Wall time, Unix milliseconds. */
  now(): number
  /** Milliseconds that never jump. */
  monotonic(): number
}

// Node's global is a getter, which would be called for each reading.
const steady = performance

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => steady.now() }

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000
