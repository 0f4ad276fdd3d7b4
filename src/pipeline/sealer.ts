import { OpenedBox } from '../core/box.ts'
import type { Tier } from '../core/tiers.ts'
import { WIDTH } from '../core/tiers.ts'
import { DAY, MINUTE } from '../core/time.ts'
import type { Box, StorageDriver } from '../storage/driver.ts'
import { freshOf, lacks, merged, type Opened, spans } from './late.ts'
import { turnOf } from './turn.ts'

/** A day of the `1d` tier: from its start to the next midnight in the store's zone. */
export interface Days {
  /** The midnight at or before `time`. */
  startOf(time: number): number
  /** The first midnight after `time`. */
  after(time: number): number
}

/** What sealing needs beside the driver. */
export interface SealOptions {
  readonly days: Days
  /** A finished minute is sealed this long after its end (ms). */
  readonly grace?: number
  /** A minute whose writer never finished it is sealed this long after its end: the writer is taken for dead. */
  readonly deadAfter?: number
  /** Asked between steps, to give the event loop a turn. */
  readonly breathe?: () => Promise<void> | undefined
}

const GRACE = 30_000
const DEAD_AFTER = 10 * MINUTE
/** A day of the clock change is an hour longer; a day after a change of `timezone` can be longer still. */
const LONGEST_DAY = 2 * DAY
const COARSE = ['15m', '1h', '1d'] as const
/** Days are made of hours, and of quarters where those in UTC do not add up to days, as in Kathmandu or Adelaide. */
const FINER: Readonly<Record<(typeof COARSE)[number], readonly Tier[]>> = {
  '15m': ['1m'],
  '1h': ['15m'],
  '1d': ['1h', '15m'],
}

/**
 * Makes closed minutes final: merges open boxes into one sealed box a minute, and into every coarser sealed box that
 * exists already; then makes the coarser boxes whose windows have closed since. Safe to stop anywhere and to run again.
 */
export class Sealer {
  readonly #driver: StorageDriver
  readonly #options: Required<SealOptions>

  constructor(driver: StorageDriver, options: SealOptions) {
    this.#driver = driver
    this.#options = { grace: GRACE, deadAfter: DEAD_AFTER, breathe: () => undefined, ...options }
  }

  /** Seals what is due at `now`; answers how many open boxes were taken in. Who was alive at `sure` is not taken for dead. */
  async run(now: number, sure: number = now): Promise<number> {
    let sealed = 0
    for (const group of await this.#due(now, sure)) sealed += await this.#takeIn(group)
    for (const tier of COARSE) await this.#rollUp(tier, now)
    return sealed
  }

  /** Open boxes that may be sealed, grouped by quarter of an hour. */
  async #due(now: number, sure: number): Promise<Opened[][]> {
    const groups = new Map<number, Opened[]>()
    const until = now - MINUTE - this.#options.grace + 1
    for await (const box of this.#driver.boxes({ tier: '1m', which: 'open', from: 0, to: until, detail: true })) {
      const opened = new OpenedBox(box)
      if (!opened.final && opened.end + this.#options.deadAfter > sure) continue
      const quarter = Math.floor(box.start / WIDTH['15m'])
      groups.set(quarter, [...(groups.get(quarter) ?? []), { box, opened }])
    }
    return [...groups.values()]
  }

  async #takeIn(group: readonly Opened[]): Promise<number> {
    const first = group[0]!.box.start
    const turn = await turnOf(this.#driver, first, first + 1)
    const sealed = await this.#sealedAround(group)
    const fresh = group.flatMap((one) => freshOf(one, sealed))
    const next: Box[] = [...turn.next]
    const from: Box[] = [...turn.from, ...group.map(({ box }) => box)]
    for (const start of new Set(fresh.map(({ box }) => box.start))) {
      const parts = fresh.filter(({ box }) => box.start === start)
      if (sealed.some(({ box }) => box.tier === '1m' && box.start === start)) continue
      next.push(merged('1m', start, start + MINUTE, [], parts))
    }
    for (const known of sealed) {
      const late = fresh.filter(({ box }) => spans(known.opened, box.start))
      if (late.length === 0) continue
      next.push(merged(known.box.tier, known.opened.start, known.opened.end, [known], late))
      from.push(known.box)
    }
    for (const tier of fresh.length === 0 ? [] : (['15m', '1h'] as const)) {
      const [start, end] = [this.#startOf(tier, first), this.#startOf(tier, first) + WIDTH[tier]]
      if (lacks(sealed, tier, start, end))
        next.push(merged(tier, start, end, await this.#sealed('1m', start, end), fresh))
    }
    await this.#rewindAll(first)
    await this.#options.breathe()
    const done = await this.#driver.seal(next, from)
    // Others may have gone past it meanwhile, where there was nothing yet.
    if (done) await this.#rewindAll(first)
    return done ? fresh.length : 0
  }

  /** The sealed boxes of every tier that hold a minute of these. */
  async #sealedAround(group: readonly Opened[]): Promise<Opened[]> {
    const start = Math.min(...group.map(({ box }) => box.start))
    const found: Opened[] = []
    for (const tier of ['1m', ...COARSE] as const) {
      const reach = tier === '1d' ? LONGEST_DAY : WIDTH[tier]
      for (const opened of await this.#sealed(tier, start - reach, start + WIDTH['15m'])) {
        if (group.some(({ box }) => spans(opened.opened, box.start))) found.push(opened)
      }
    }
    return found
  }

  /** Makes each box of a tier whose window has closed and that is not there yet, oldest first. */
  async #rollUp(tier: (typeof COARSE)[number], now: number): Promise<void> {
    const key = `sealed:${tier}`
    const seen = await this.#driver.get(key)
    let at = seen === undefined ? await this.#first(tier, 0) : Number(seen)
    if (at === undefined || !Number.isFinite(at)) return
    for (;;) {
      const next = await this.#first(tier, at)
      if (next === undefined) break
      // Years may lie between two boxes, where a clock was wrong.
      at = Math.max(at, next)
      const end = await this.#windowEnd(tier, at)
      if (end.end + this.#options.grace > now) break
      if (!end.exists && !(await this.#make(tier, at, end.end))) break
      at = end.end
      await this.#options.breathe()
    }
    if (String(at) !== seen) await this.#driver.swap(key, seen, String(at))
  }

  async #make(tier: (typeof COARSE)[number], start: number, end: number): Promise<boolean> {
    const turn = await turnOf(this.#driver, start, end)
    if ((await this.#windowEnd(tier, start)).exists) return true
    const parts: Opened[] = []
    for (const finer of FINER[tier]) {
      for (const one of await this.#sealed(finer, start, end)) {
        const isIn = parts.some(({ opened }) => spans(opened, one.opened.start))
        if (one.opened.end <= end && !isIn) parts.push(one)
      }
    }
    if (!(await this.#isWhole(tier, start, end, parts))) return false
    if (parts.length === 0) return true
    const finer = parts.map(({ box }) => box)
    return this.#driver.seal([...turn.next, ...finer, merged(tier, start, end, parts, [])], [...turn.from, ...finer])
  }

  /** Whether all that is finer is in the parts; else the mark goes back to what is still to be made. */
  async #isWhole(
    tier: (typeof COARSE)[number],
    start: number,
    end: number,
    parts: readonly Opened[]
  ): Promise<boolean> {
    if (tier === '15m') return true
    const hourOf = ({ box }: Opened): number => this.#startOf('1h', box.start)
    // A quarter may stand for itself only where its hour belongs to two days.
    const alone = parts.find(
      (part) => tier === '1d' && part.box.tier === '15m' && hourOf(part) >= start && hourOf(part) + WIDTH['1h'] <= end
    )
    if (alone !== undefined) await this.#rewind('1h', alone.box.start)
    const missed = await this.#missed(start, end, parts)
    if (missed !== undefined) await this.#rewind('15m', missed)
    return alone === undefined && missed === undefined
  }

  /** The first minute of a window that none of the parts holds: its quarter is still to be made. */
  async #missed(start: number, end: number, parts: readonly Opened[]): Promise<number | undefined> {
    let at = start
    for (const { opened } of [...parts].sort((a, b) => a.opened.start - b.opened.start)) {
      for await (const box of this.#boxes('1m', at, opened.start, false)) return box.start
      at = opened.end
    }
    for await (const box of this.#boxes('1m', at, end, false)) return box.start
    return undefined
  }

  /** Where the window that begins at `at` ends, and whether its box is there. A day runs to the next midnight or sealed day. */
  async #windowEnd(tier: (typeof COARSE)[number], at: number): Promise<{ end: number; exists: boolean }> {
    if (tier !== '1d') {
      for await (const _ of this.#boxes(tier, at, at + 1, false)) return { end: at + WIDTH[tier], exists: true }
      return { end: at + WIDTH[tier], exists: false }
    }
    let end = this.#options.days.after(at)
    for await (const box of this.#boxes('1d', at - LONGEST_DAY, end, false)) {
      const day = new OpenedBox(box)
      if (day.start <= at && at < day.end) return { end: day.end, exists: true }
      if (day.start > at) end = Math.min(end, day.start)
    }
    return { end, exists: false }
  }

  /** Where a tier's first window begins that has a finer box at or after `from`. */
  async #first(tier: (typeof COARSE)[number], from: number): Promise<number | undefined> {
    let first = Infinity
    for (const finer of FINER[tier]) {
      for await (const box of this.#boxes(finer, from, Math.min(first, Number.MAX_SAFE_INTEGER), false)) {
        first = box.start
        break
      }
    }
    return first === Infinity ? undefined : this.#startOf(tier, first)
  }

  async #rewindAll(time: number): Promise<void> {
    for (const tier of COARSE) await this.#rewind(tier, time)
  }

  /** A minute was sealed that lies before the mark: what is missing there must be looked at again. */
  async #rewind(tier: (typeof COARSE)[number], time: number): Promise<void> {
    const start = this.#startOf(tier, time)
    for (;;) {
      const seen = await this.#driver.get(`sealed:${tier}`)
      if (seen === undefined || start >= Number(seen)) return
      if (await this.#driver.swap(`sealed:${tier}`, seen, String(start))) return
    }
  }

  #startOf(tier: (typeof COARSE)[number], time: number): number {
    return tier === '1d' ? this.#options.days.startOf(time) : Math.floor(time / WIDTH[tier]) * WIDTH[tier]
  }

  async #sealed(tier: Tier, from: number, to: number): Promise<Opened[]> {
    const found: Opened[] = []
    for await (const box of this.#boxes(tier, from, to, true)) found.push({ box, opened: new OpenedBox(box) })
    return found
  }

  #boxes(tier: Tier, from: number, to: number, detail: boolean): AsyncIterable<Box> {
    return this.#driver.boxes({ tier, which: 'sealed', from, to, detail })
  }
}
