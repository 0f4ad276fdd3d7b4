import { DAY, HOUR, MINUTE, SECOND } from '../core/time.ts'

/** How long to wait after so many tries; the last one goes on. */
const WAITS: readonly number[] = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR]
const JITTER = 0.2
/** A receiver that asks for longer is not waited for that long. */
const LONGEST_WISH = 6 * HOUR
/** Nothing is ever planned further ahead than this. */
const FARTHEST = 8 * HOUR

/** How an attempt to deliver ended. */
export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** One word for people and programs: `http_500`, `timeout`, `ECONNREFUSED`. */
      readonly code: string
      /** `later`: for a day; `few`: three tries in all; `never`: the receiver is gone. */
      readonly retry: 'later' | 'few' | 'never'
      /** Not before so many ms: what the receiver asks for. */
      readonly after?: number
    }

/** Ms from the try of that number (1 is the first) to the one after. */
export function waitAfter(tries: number, random: number, after: number = 0): number {
  const wait = WAITS[Math.min(tries, WAITS.length) - 1] ?? WAITS[0]!
  return Math.max(wait * (1 - JITTER + 2 * JITTER * random), Math.min(after, LONGEST_WISH))
}

/** Whether a moment (Unix ms) has come; one that is further ahead than anybody plans is the work of a wrong clock. */
export function hasCome(at: number, now: number): boolean {
  return at <= now || at > now + FARTHEST
}

/** Whether there is no further try: `age` is how long ago the first one was. */
export function isOver(outcome: Outcome & { ok: false }, tries: number, age: number): boolean {
  if (outcome.retry === 'never') return true
  return outcome.retry === 'few' ? tries >= 3 : age >= DAY
}
