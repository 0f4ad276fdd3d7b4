import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tell } from '../launch.ts'
import { load, urlOf } from '../library.ts'
import type { Packed } from '../../src/core/box.ts'
import type { Tier } from '../../src/core/tiers.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'

/** A store with so much traffic, ready to be asked. */
export interface Built {
  readonly file: string
  /** The moment at which its last minute ended: what `now` is to be, Unix ms. */
  readonly now: number
  readonly days: number
  readonly requests: number
  /** Points of HTTP requests and statuses in a box of a minute: label sets that were active. */
  readonly active: number
  /** Bytes and boxes of each tier, and what the file takes. */
  readonly tiers: Readonly<Record<Tier, { readonly bytes: number; readonly boxes: number; readonly detail: number }>>
  readonly fileBytes: number
  readonly seconds: number
}

const MINUTE = 60_000
const QUARTER = 15 * MINUTE
const HOUR = 3_600_000
const DAY = 86_400_000
/** Minutes are kept for two days. */
const FINE = 2 * DAY

/** Two stores with the same code and the same traffic are the same: one is kept for the next run. */
export function cachePlace(perDay: number, days: number): { file: string; note: string } {
  const parts = ['core/box', 'core/codec', 'core/merge', 'storage/sqlite/schema', 'names'].map((path) =>
    readFileSync(fileURLToPath(urlOf(path)))
  )
  const own = ['build.ts', 'traffic.ts'].map((name) => readFileSync(new URL(name, import.meta.url)))
  const print = createHash('sha256')
  for (const part of [...parts, ...own]) print.update(part)
  const name = `pocketmetrics-bench-${perDay}-${days}-${print.digest('hex').slice(0, 12)}`
  return { file: join(tmpdir(), `${name}.db`), note: join(tmpdir(), `${name}.json`) }
}

async function build(perDay: number, days: number): Promise<Built> {
  const began = performance.now()
  const { boxOf, NAMES, recorded } = await import('./traffic.ts')
  const { mergeBoxes } = await load('core/merge')
  const { OpenedBox } = await load('core/box')
  const { sqlite } = await load('storage/sqlite')
  const { file, note } = cachePlace(perDay, days)
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
  const driver: StorageDriver = sqlite(file)
  await driver.open()
  const now = Math.floor(Date.now() / MINUTE) * MINUTE
  const first = Math.floor((now - days * DAY) / DAY) * DAY
  await driver.put({ boxes: [], names: NAMES, events: [], time: now })
  const tiers: Record<Tier, { bytes: number; boxes: number; detail: number }> = {
    '1m': { bytes: 0, boxes: 0, detail: 0 },
    '15m': { bytes: 0, boxes: 0, detail: 0 },
    '1h': { bytes: 0, boxes: 0, detail: 0 },
    '1d': { bytes: 0, boxes: 0, detail: 0 },
  }
  let requests = 0
  let active = 0
  const put = async (tier: Tier, start: number, packed: Packed): Promise<Packed> => {
    tiers[tier].boxes++
    tiers[tier].bytes += packed.numbers.length + packed.detail.length
    tiers[tier].detail += packed.detail.length
    await driver.put({ boxes: [{ tier, start, writer: '*', ...packed }], names: [], events: [], time: now })
    return packed
  }
  const quarter = async (start: number): Promise<Packed | undefined> => {
    if (start < now - FINE) {
      const { entries, requests: more } = recorded(perDay, start, start + QUARTER)
      requests += more
      return put('15m', start, boxOf(entries, start, start + QUARTER))
    }
    const minutes: Packed[] = []
    for (let at = start; at < Math.min(start + QUARTER, now); at += MINUTE) {
      const { entries, requests: more } = recorded(perDay, at, at + MINUTE)
      requests += more
      active = Math.max(active, new Set(entries.map(({ labels }) => labels)).size)
      minutes.push(await put('1m', at, boxOf(entries, at, at + MINUTE)))
    }
    return start + QUARTER > now ? undefined : put('15m', start, merged(start, start + QUARTER, minutes))
  }
  const merged = (start: number, end: number, parts: readonly Packed[]): Packed =>
    mergeBoxes(
      { start, end },
      parts.map((part) => new OpenedBox(part))
    )
  for (let day = first; day < now; day += DAY) {
    const hours: Packed[] = []
    for (let hour = day; hour < Math.min(day + DAY, now); hour += HOUR) {
      const quarters: Packed[] = []
      for (let at = hour; at < Math.min(hour + HOUR, now); at += QUARTER) {
        const packed = await quarter(at)
        if (packed !== undefined) quarters.push(packed)
      }
      if (hour + HOUR <= now) hours.push(await put('1h', hour, merged(hour, hour + HOUR, quarters)))
    }
    if (day + DAY <= now) await put('1d', day, merged(day, day + DAY, hours))
    if (process.send === undefined) console.error(new Date(day).toISOString().slice(0, 10), requests)
  }
  // As the sealer would have left it: everything up to now is sealed.
  for (const [tier, width] of [
    ['15m', QUARTER],
    ['1h', HOUR],
    ['1d', DAY],
  ] as const) {
    await driver.swap(`sealed:${tier}`, undefined, String(Math.floor(now / width) * width))
  }
  const { fileBytes, bytes } = await driver.size()
  await driver.close()
  const spanned = (now - first) / DAY
  const built = {
    file,
    now,
    days: spanned,
    requests,
    active,
    tiers,
    fileBytes: Math.max(fileBytes, bytes),
    seconds: (performance.now() - began) / 1000,
  }
  writeFileSync(note, JSON.stringify(built))
  return built
}

/** A store that was built before, if it is still there. */
export function cached(perDay: number, days: number): Built | undefined {
  const { file, note } = cachePlace(perDay, days)
  return existsSync(file) && existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Built) : undefined
}

if (import.meta.main) {
  const [perDay = '3333333', days = '30'] = process.argv.slice(2)
  tell(cached(Number(perDay), Number(days)) ?? (await build(Number(perDay), Number(days))))
  if (process.send === undefined) process.exit()
}
