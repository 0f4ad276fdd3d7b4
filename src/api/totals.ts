import { breather } from '../core/breathe.ts'
import { OpenedBox } from '../core/box.ts'
import { type Contents, covers } from '../core/window.ts'
import { mergeContents } from '../core/merge.ts'
import { HOUR, MINUTE } from '../core/time.ts'
import { TIERS, type Tier } from '../core/tiers.ts'
import type { Box, StorageDriver } from '../storage/driver.ts'
import { Tallies } from './tallies.ts'

/** Everything since the store began, and what may still change; add both. */
export interface Standing {
  readonly settled: ReadonlyMap<string, Tallies>
  readonly recent: ReadonlyMap<string, Tallies>
}

/** Says what the ids of metrics stand for. */
export interface Naming {
  /** The bounds of a metric's buckets in stored units: none for what is no histogram; undefined when the id is unknown. */
  boundsOf(metric: string): readonly number[] | undefined
  /** Reads names that were put since. */
  refresh(): Promise<void>
}

interface Open {
  readonly writer: string
  readonly box: OpenedBox
}

const COARSEST_FIRST: readonly Tier[] = ['1d', '1h', '15m', '1m']
// A store that is full drops single minutes when they are half an hour old.
const LONGEST_PAUSE = 25 * MINUTE
const TURN = 1
const QUARTER = 15 * MINUTE
const EVER = Number.MAX_SAFE_INTEGER
/** How often it is looked what no tier has any more; however much is deleted, what was seen lately stays. */
const THIN = HOUR

/**
 * Totals since the store began, as a scraper wants them: the same from every process, and never falling. What is sealed
 * is added once and remembered; a scrape then reads only the minutes sealed since and the open boxes. Pruning takes
 * nothing away, because nothing is ever read twice; only a series of which nothing is left in any tier is left out.
 */
export class Totals {
  readonly #driver: StorageDriver
  #settled = new Map<string, Tallies>()
  #contents: readonly Contents[] = []
  #horizon = -1
  #readAt = -Infinity
  #thinnedAt = -Infinity
  /** When a metric was met that nobody could name. */
  #unknownAt = Infinity
  #rounds = 0
  /** Open boxes seen before and not added yet: one that vanishes has been sealed into a minute that was added before. */
  #awaited: ReadonlyMap<string, Open> = new Map()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(driver: StorageDriver) {
    this.#driver = driver
  }

  /** One at a time: both would add. */
  at(now: number, naming: Naming): Promise<Standing> {
    const standing = this.#turn.then(() => this.#read(now, naming, true))
    this.#turn = standing.catch(() => this.#forget())
    return standing
  }

  async #read(now: number, naming: Naming, again: boolean): Promise<Standing> {
    if (Math.abs(now - this.#readAt) > LONGEST_PAUSE || this.#isIncomplete(now)) this.#forget()
    this.#readAt = now
    // Open boxes first: what is sealed meanwhile is then found in both, never in neither.
    const open = await this.#open()
    if (this.#horizon < 0) await this.#build(naming)
    else await this.#follow(naming)
    const fresh = new Map([...open].filter(([, one]) => !this.#holds(one)))
    const lost = [...this.#awaited].some(([key, one]) => !fresh.has(key) && !this.#holds(one))
    if (again && (lost || (await this.#misses(now)))) {
      this.#forget()
      return this.#read(now, naming, false)
    }
    this.#awaited = fresh
    if (Math.abs(now - this.#thinnedAt) >= THIN) await this.#thin(now)
    const recent = new Map<string, Tallies>()
    const breathe = breather(TURN)
    for (const { box } of fresh.values()) await this.#add(recent, box, naming, breathe)
    return { settled: this.#settled, recent }
  }

  /** Names are put with the first box that uses them, but may be read a second later. */
  #isIncomplete(now: number): boolean {
    return now - this.#unknownAt > MINUTE
  }

  async #thin(now: number): Promise<void> {
    this.#thinnedAt = now
    let oldest = now - THIN
    for (const tier of TIERS) {
      for await (const { start } of this.#sealed(tier, 0, oldest, false)) {
        oldest = start
        break
      }
    }
    const breathe = breather(TURN)
    for (const [metric, tallies] of this.#settled) {
      const rest = tallies.since(oldest)
      if (rest === undefined) this.#settled.delete(metric)
      else this.#settled.set(metric, rest)
      const pause = breathe()
      if (pause !== undefined) await pause
    }
  }

  #forget(): void {
    this.#unknownAt = Infinity
    this.#settled = new Map()
    this.#contents = []
    this.#horizon = -1
    this.#awaited = new Map()
  }

  async #open(): Promise<Map<string, Open>> {
    const open = new Map<string, Open>()
    for await (const box of this.#driver.boxes({ tier: '1m', which: 'open', from: 0, to: EVER, detail: true })) {
      const opened = readable(box)
      if (opened !== undefined) open.set(`${box.start} ${box.writer}`, { writer: box.writer, box: opened })
    }
    return open
  }

  #holds({ writer, box }: Open): boolean {
    return covers(this.#contents, writer, Math.floor(box.start / MINUTE))
  }

  /** All sealed history, from the coarsest box of each stretch. */
  async #build(naming: Naming): Promise<void> {
    let gaps: readonly Gap[] = [[0, EVER]]
    for (const tier of COARSEST_FIRST) {
      const taken: Gap[] = []
      for (const [from, to] of gaps) {
        for await (const box of this.#sealed(tier, from, to, true)) {
          if (box.end <= to) taken.push(await this.#settle(box, naming))
        }
      }
      gaps = without(gaps, taken)
    }
    this.#horizon = Math.max(0, ...gaps.map(([from]) => from))
  }

  async #follow(naming: Naming): Promise<void> {
    for await (const box of this.#sealed('1m', this.#horizon, EVER, true)) {
      this.#horizon = (await this.#settle(box, naming))[1]
    }
  }

  async #settle(box: OpenedBox, naming: Naming): Promise<Gap> {
    await this.#add(this.#settled, box, naming, breather(TURN))
    this.#contents = mergeContents([this.#contents, box.contents])
    return [box.start, box.end]
  }

  async #add(to: Map<string, Tallies>, box: OpenedBox, naming: Naming, breathe: Breathe): Promise<void> {
    for (const metric of box.metrics) {
      const tallies = to.get(metric) ?? (await this.#tallies(metric, naming))
      if (tallies === undefined) continue
      to.set(metric, tallies)
      for (const _ of tallies.add(box, metric)) {
        const pause = breathe()
        if (pause !== undefined) await pause
      }
    }
  }

  async #tallies(metric: string, naming: Naming): Promise<Tallies | undefined> {
    if (naming.boundsOf(metric) === undefined) await naming.refresh()
    const bounds = naming.boundsOf(metric)
    if (bounds !== undefined) return new Tallies(bounds)
    this.#unknownAt = Math.min(this.#unknownAt, this.#readAt)
    return undefined
  }

  /**
   * A box that came late and was sealed between two scrapes, into a minute added before, is in the sealed boxes around
   * it: each scrape looks at the contents of one hour of the last two days and one quarter of the last hours, in turn.
   */
  async #misses(now: number): Promise<boolean> {
    const round = this.#rounds++
    const hour = Math.floor(now / HOUR) * HOUR - HOUR * (1 + (round % 48))
    const quarter = Math.floor(now / QUARTER) * QUARTER - QUARTER * (1 + (round % 8))
    return (await this.#lacks('1h', hour)) || this.#lacks('15m', quarter)
  }

  async #lacks(tier: Tier, start: number): Promise<boolean> {
    for await (const { contents } of this.#sealed(tier, start, start + 1, false)) {
      for (const { writer, ranges } of contents) {
        for (const [from, to] of ranges) {
          for (let minute = from; minute < to; minute++) if (!covers(this.#contents, writer, minute)) return true
        }
      }
    }
    return false
  }

  async *#sealed(tier: Tier, from: number, to: number, detail: boolean): AsyncGenerator<OpenedBox> {
    for await (const box of this.#driver.boxes({ tier, which: 'sealed', from, to, detail })) {
      const opened = readable(box)
      if (opened !== undefined) yield opened
    }
  }
}

type Gap = readonly [from: number, to: number]
type Breathe = ReturnType<typeof breather>

/** A box of a newer version is left out rather than taking all the rest with it. */
function readable(box: Box): OpenedBox | undefined {
  try {
    return new OpenedBox(box)
  } catch {
    return undefined
  }
}

/** What of `gaps` is not `taken`; both ascend, and each taken one lies within a gap. */
function without(gaps: readonly Gap[], taken: readonly Gap[]): Gap[] {
  const left: Gap[] = []
  let next = 0
  for (const [from, to] of gaps) {
    let at = from
    for (let one = taken[next]; one !== undefined && one[0] < to; one = taken[++next]) {
      if (one[0] > at) left.push([at, one[0]])
      at = one[1]
    }
    if (at < to) left.push([at, to])
  }
  return left
}
