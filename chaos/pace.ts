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

/**
 * Whether an app is slower than its twin without the library. A machine that is busy holds up both, so what counts is the
 * difference: of the medians, of how many requests were slow, and of each one to all that ran beside it.
 */
export function slower(samples: readonly Sample[]): string[] {
  const struck = samples.filter((sample) => sample.struck)
  return [
    ...judged('all requests', samples),
    ...judged('requests while the store was struck', struck),
    ...hung(samples),
  ]
}

function judged(which: string, samples: readonly Sample[]): string[] {
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

/** A single request that hangs while others, asked before its end, do not. */
function hung(samples: readonly Sample[]): string[] {
  const longest = samples.reduce((most, { ms, control }) => Math.max(most, ms, control), 0)
  if (longest <= ALONE) return []
  return samples
    .filter(({ ms }) => ms > ALONE)
    .flatMap(({ at, ms }) => {
      const beside = samples.filter((one) => one.at < at + ms && one.at + one.control > at)
      const bare = beside.reduce((most, { control }) => Math.max(most, control), 0)
      return ms > bare + ALONE
        ? [`a request took ${Math.round(ms)} ms; without the library ${Math.round(bare)} ms at most`]
        : []
    })
    .slice(0, 3)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}
