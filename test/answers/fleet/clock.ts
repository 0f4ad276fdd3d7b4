/** The clock of a process that lives in simulated time. Imported before anything that looks at a clock. */
export const clock: { now: number; steady: number; set(now: number): void; pass(ms: number): void } = {
  now: 0,
  steady: 1_000,
  /** To a moment; the steady clock goes with it. */
  set(now) {
    if (clock.now !== 0) clock.steady += now - clock.now
    clock.now = now
  },
  pass(ms) {
    clock.set(clock.now + ms)
  },
}

Date.now = () => Math.floor(clock.now)
performance.now = () => clock.steady

type Later = (run: () => void, after?: number) => NodeJS.Timeout
const later: Later = globalThis.setTimeout
const NEVER = 2 ** 31 - 1
// What the app would do by itself after a while, such as looking after the store, it does when it is told to.
const held: Later = (run, after = 0) => later(run, after < 1_000 ? after : NEVER)
Object.assign(globalThis, { setTimeout: held })
