/** One request, asked at the same time of the app and of the same server without the library. */
export interface Sample {
  /** When it was asked, ms. */
  readonly at: number
  /** How long the app took, and how long the other one, ms. */
  readonly ms: number
  readonly control: number
  /** The store was in trouble meanwhile. */
  readonly struck: boolean
}

/** Each request does a little more than the bare one; and this is no benchmark: a wait for a store takes longer than this, ms. */
const MORE = 10
/** From how many ms on a request is slow, and how many may be by chance: so many, and a share of all. */
const SLOW = [150, 600] as const
const CHANCE = { few: 5, share: 0.01 }
/** No request may take so much longer than all that were under way with it, ms. */
const ALONE = 1_500
/** A machine on which the bare server is slower than this, or slow so often, holds up most whoever has most to do. */
const QUIET = { median: 15, share: 0.03 }

/** Whether a machine has so much time that what two servers need can be compared. */
export function isQuiet(samples: readonly Sample[]): boolean {
  const bare = samples.map(({ control }) => control)
  return median(bare) <= QUIET.median && bare.filter((ms) => ms > SLOW[0]).length <= QUIET.share * bare.length + 1
}

/**
 * Whether an app is slower than its twin without the library. A machine that is busy holds up both, so what counts is the
 * difference: of the medians, of how many requests were slow, and of each one to all that ran beside it. On one that is too
 * busy for that only a request is found that hangs for much longer than any other.
 */
export function slower(samples: readonly Sample[]): string[] {
  const struck = samples.filter((sample) => sample.struck)
  return [
    ...judged('all requests', samples),
    ...judged('requests while the store was struck', struck),
    ...hung(samples, !isQuiet(samples)),
  ]
}

function judged(which: string, samples: readonly Sample[]): string[] {
  if (!isQuiet(samples)) return []
  const wrongs: string[] = []
  const [mine, bare] = [median(samples.map(({ ms }) => ms)), median(samples.map(({ control }) => control))]
  if (mine > 2 * bare + MORE)
    wrongs.push(`${which}: the median is ${mine.toFixed(1)} ms, and ${bare.toFixed(1)} ms without the library`)
  for (const bound of SLOW) {
    const slow = samples.filter(({ ms }) => ms > bound).length
    const alike = samples.filter(({ control }) => control > bound).length
    if (slow > 2 * alike + CHANCE.few + CHANCE.share * samples.length)
      wrongs.push(`${which}: ${slow} of ${samples.length} took more than ${bound} ms, and ${alike} without the library`)
  }
  return wrongs
}

/** Single requests that hang while others, asked before their end, do not; on a busy machine while none hangs nearly as long. */
export function hung(samples: readonly Sample[], isBusy: boolean): string[] {
  const most = (some: readonly Sample[]): number => some.reduce((longest, { control }) => Math.max(longest, control), 0)
  const busy = isBusy ? 3 * most(samples) : 0
  const wrongs: string[] = []
  for (const { at, ms } of samples.filter((sample) => sample.ms > ALONE)) {
    const bare = Math.max(busy, most(samples.filter((one) => one.at < at + ms && one.at + one.control > at)))
    if (ms > bare + ALONE)
      wrongs.push(`a request took ${Math.round(ms)} ms; ${Math.round(bare)} ms is what it may take without the library`)
  }
  return wrongs.slice(0, 3)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}
