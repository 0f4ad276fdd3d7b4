import { rmSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Tier } from '../../src/core/tiers.ts'
import type { Size, StorageDriver } from '../../src/storage/driver.ts'
import { scratch, tell } from '../launch.ts'
import { load } from '../library.ts'
import { NAMES } from '../query/traffic.ts'
import { Days, TIME } from './days.ts'

/** A year in one store, as its pipeline left it. */
export interface Year {
  readonly maxSize: number
  /** Bytes and days of each tier at the end. */
  readonly tiers: Readonly<Record<Tier, { readonly bytes: number; readonly days: number }>>
  readonly bytes: number
  /** Of the file and its log, at the end of each month, and the most there ever was, bytes. */
  readonly months: readonly number[]
  readonly most: number
  /** Calls of `prune` and how long they took in all; of the thread's turns meanwhile, the longest; ms. */
  readonly prunes: number
  readonly pruning: number
  readonly longestTurn: number
  /** How long sealing and pruning took at most for one of the calls a process makes, ms: of a day sealed for real. */
  readonly maintaining: number
  /** What is said to who asks for a year in quarters of days. */
  readonly answer: { readonly interval: string; readonly rows: number; readonly warning: string | null }
  readonly seconds: number
}

const { KEPT } = await load('core/tiers')
const { LocalStore } = await load('store')
const { sqlite } = await load('storage/sqlite')
const { DAY, HOUR, MINUTE } = TIME
const TIERS = ['1m', '15m', '1h', '1d'] as const
const DAYS = 365
/** A step of pruning rests: of so many days minutes are put, too. */
const FINE = { whole: 3 * DAY, full: 60 * DAY }
const STEP = 6 * HOUR
const REAL = DAY
const EVERY = 15 * MINUTE
const END = Date.UTC(2026, 10, 24)

/** A driver of which every deletion is timed. */
class Timed {
  readonly driver: StorageDriver
  readonly turns = monitorEventLoopDelay({ resolution: 1 })
  prunes = 0
  ms = 0
  longest = 0

  constructor(driver: StorageDriver) {
    this.driver = new Proxy(driver, {
      get: (target, name) => {
        if (name === 'prune') return (...args: Parameters<StorageDriver['prune']>) => this.#prune(target, args)
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  async #prune(target: StorageDriver, args: Parameters<StorageDriver['prune']>): Promise<number> {
    const began = performance.now()
    this.turns.reset()
    this.turns.enable()
    const gone = await target.prune(...args)
    await new Promise(setImmediate)
    this.turns.disable()
    const ms = performance.now() - began
    if (gone === 0) return 0
    this.prunes++
    this.ms += ms
    // The probe's own millisecond is none of ours; a call within one turn, of which it sees nothing, is that turn.
    const held = this.turns.count === 0 ? ms : Math.min(ms, this.turns.max / 1e6 - 1)
    this.longest = Math.max(this.longest, held)
    return gone
  }
}

async function oldest(driver: StorageDriver, tier: Tier): Promise<number> {
  for await (const { start } of driver.boxes({ tier, which: 'sealed', from: 0, to: END, detail: false }))
    return (END - start) / DAY
  return 0
}

async function mark(driver: StorageDriver, at: number): Promise<void> {
  for (const [tier, width] of [
    ['15m', EVERY],
    ['1h', HOUR],
    ['1d', DAY],
  ] as const) {
    const key = `sealed:${tier}`
    await driver.swap(key, await driver.get(key), String(Math.floor(at / width) * width))
  }
}

async function year(days: Days, maxSize: number): Promise<Year> {
  const began = performance.now()
  const file = scratch(`year-${maxSize}.db`)
  const timed = new Timed(sqlite(file, { maxSize }))
  const { driver } = timed
  const store = new LocalStore(driver, { writer: 'w', timezone: 'UTC', kept: KEPT, events: DAY, maxSize })
  const months: number[] = []
  let most = 0
  const first = END - DAYS * DAY
  await store.put({ boxes: [], names: NAMES, events: [], time: first })
  const look = async (): Promise<Size> => {
    const size = await store.size()
    most = Math.max(most, size.fileBytes)
    return size
  }
  for (let at = first; at < END - REAL; at += STEP) {
    const to = at + STEP
    const fine = to > END - (maxSize > 500e6 ? FINE.whole : FINE.full)
    const tiers = TIERS.filter((tier) => tier !== '1m' || fine)
    const boxes = tiers.flatMap((tier) => days.boxes(tier, at, to))
    await store.put({ boxes, names: [], events: [], time: to })
    await mark(driver, to)
    await store.maintain(to)
    const { fileBytes } = await look()
    if (Math.floor((to - first) / (30 * DAY)) > months.length) months.push(fileBytes)
  }
  // The last day as processes have it: open boxes, sealed by what seals them.
  let maintaining = 0
  for (let at = END - REAL; at < END; at += EVERY) {
    await store.put({ boxes: days.boxes('1m', at, at + EVERY, 'writer'), names: [], events: [], time: at + EVERY })
    const from = performance.now()
    await store.maintain(at + EVERY + 2 * MINUTE)
    maintaining = Math.max(maintaining, performance.now() - from)
    await look()
  }
  const { bytes, tiers = {} } = await look()
  const params = [
    ['metric', 'http_requests'],
    ['group_by', '6h'],
    ['from', '365d'],
    ['limit', '1500'],
  ] as const
  const ask = { route: 'query', params, url: '', accept: '', now: END, facts: {} }
  let asked = await store.answer(ask)
  // A machine that others use may be too slow for the first one: what it found is remembered.
  for (let tries = 0; asked.status === 503 && tries < 5; tries++) asked = await store.answer(ask)
  if (asked.status !== 200) throw new Error(new TextDecoder().decode(asked.body))
  const said = JSON.parse(new TextDecoder().decode(asked.body)) as Year['answer'] & { row_count: number }
  const reached = await Promise.all(TIERS.map(async (tier) => [tier, await oldest(driver, tier)] as const))
  await store.close()
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
  return {
    maxSize,
    tiers: Object.fromEntries(
      reached.map(([tier, reach]) => [tier, { bytes: tiers[tier] ?? 0, days: reach }])
    ) as Year['tiers'],
    bytes,
    months,
    most,
    prunes: timed.prunes,
    pruning: timed.ms,
    longestTurn: timed.longest,
    maintaining,
    answer: { interval: said.interval, rows: said.row_count, warning: said.warning },
    seconds: (performance.now() - began) / 1000,
  }
}

const [perDay = '342000', size = '256000000'] = process.argv.slice(2)
tell(await year(new Days(Number(perDay)), Number(size)))
if (process.send === undefined) process.exit()
