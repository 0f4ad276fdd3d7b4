import type { Clock } from './core/time.ts'

export { testDriver } from './storage/conformance.ts'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves both clocks on. */
  advance(ms: number): void
  /** Sets the wall clock alone, as an administrator or NTP would. */
  jump(now: number): void
}

/** A clock for tests that starts at `now` (Unix ms). */
export function fakeClock(now: number = Date.UTC(2026, 10, 22, 10, 30)): FakeClock {
  let wall = now
  let steady = 0
  return {
    now: () => wall,
    monotonic: () => steady,
    advance(ms) {
      wall += ms
      steady += ms
    },
    jump(to) {
      wall = to
    },
  }
}
