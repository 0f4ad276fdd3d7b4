import { breather } from '../../core/breathe.ts'
import { DAY, MINUTE } from '../../core/time.ts'
import type { Contents } from '../../core/window.ts'
import { align, finest } from '../../query/buckets.ts'
import { cover } from '../../query/cover.ts'
import { oldest } from '../../query/oldest.ts'
import type { Reader } from '../../query/query.ts'
import type { Range } from '../../query/range.ts'
import { zoneOf } from '../../query/zone.ts'

/** Minutes since 1970, half-open, ascending and apart. */
type Minutes = readonly (readonly [from: number, to: number])[]

/** For how long and when something ran, in whole minutes, for each of which something was recorded. */
export interface Presence {
  /** Minutes of [from, to), Unix ms, in which it ran. */
  up(from: number, to: number): number
  /** Those in which it did not, though it had before. */
  down(from: number, to: number): number
  /** The end of the last minute in which it ran, Unix ms. */
  readonly last: number
}

/** When each instance ran, and when any did. */
export interface Presences {
  readonly all: Presence
  readonly of: ReadonlyMap<string, Presence>
}

/** Which minutes of which instances were met in boxes. */
export class Roll {
  readonly #minutes = new Map<string, [number, number][]>()

  learn(contents: readonly Contents[]): void {
    for (const { instance, ranges } of contents) {
      let known = this.#minutes.get(instance)
      if (known === undefined) this.#minutes.set(instance, (known = []))
      for (const [from, to] of ranges) known.push([from, to])
    }
  }

  /** By instance, what touches ones put together. */
  get instances(): ReadonlyMap<string, Minutes> {
    return new Map([...this.#minutes].map(([instance, ranges]) => [instance, joined(ranges)]))
  }
}

/**
 * Every box says which minutes of which instance are in it, at whatever width, and each process that runs fills one each
 * minute: so a minute without is downtime, and not a minute without requests. An instance that ends and does not come
 * back is down for nobody; for all of them together, time counts until now. `roll` knows the boxes of the range already.
 */
export async function presences(range: Range, roll: Roll, reader: Reader, now: number): Promise<Presences> {
  const { from } = range
  const home = zoneOf(reader.timezone)
  // What an instance did before tells whether it was down when the range began.
  const earlier = align(from - DAY, finest(from - DAY, now, reader.kept), home)
  const spans = { starts: [Math.min(earlier, from)], ends: [from] }
  const { driver, kept } = reader
  const breathe = breather()
  for await (const { box } of cover({ driver, spans, detail: false, now, kept, home, warn: () => undefined })) {
    roll.learn(box.contents)
    const pause = breathe()
    if (pause !== undefined) await pause
  }
  const found = roll.instances
  const of = new Map([...found].map(([instance, minutes]) => [instance, new Ran(minutes, undefined)]))
  const since = await oldest(reader, now)
  // The minute that runs may not have been kept yet.
  const until = Math.floor(now / MINUTE) * MINUTE
  return { all: new Ran(joined([...found.values()].flat()), [since, until]), of }
}

function joined(ranges: readonly (readonly [number, number])[]): Minutes {
  const out: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}

class Ran implements Presence {
  readonly #minutes: Minutes
  /** When it should have run; undefined: from its first minute to its last. */
  readonly #duty: readonly [from: number, to: number] | undefined

  constructor(minutes: Minutes, duty: readonly [number, number] | undefined) {
    this.#minutes = minutes
    this.#duty = duty
  }

  get last(): number {
    return (this.#minutes.at(-1)?.[1] ?? 0) * MINUTE
  }

  up(from: number, to: number): number {
    const [first, end] = [Math.floor(from / MINUTE), Math.ceil(to / MINUTE)]
    return this.#minutes.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, end) - Math.max(a, first)), 0)
  }

  down(from: number, to: number): number {
    const [first, end] = this.#duty ?? [(this.#minutes[0]?.[0] ?? 0) * MINUTE, this.last]
    const [start, stop] = [Math.max(from, first), Math.min(to, end)]
    return stop <= start ? 0 : Math.max(0, Math.ceil(stop / MINUTE) - Math.floor(start / MINUTE) - this.up(start, stop))
  }
}
