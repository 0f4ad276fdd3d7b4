import type { OpenedBox, Packed } from '../../src/core/box.ts'
import type { Tier } from '../../src/core/tiers.ts'
import type { Box } from '../../src/storage/driver.ts'
import { load } from '../library.ts'
import { boxOf, recorded } from '../query/traffic.ts'

const { OpenedBox: Opened } = await load('core/box')
const { ByteReader, ByteWriter } = await load('core/bytes')
const { mergeBoxes } = await load('core/merge')
const { WIDTH } = await load('core/tiers')
const { DAY, HOUR, MINUTE } = await load('core/time')
const { readWindow, writeWindow } = await load('core/window')

/** A box without its window, to be put into any. */
interface Matter {
  readonly format: number
  readonly numbers: Uint8Array
  readonly detail: Uint8Array
}

function matterOf({ numbers, detail }: Packed): Matter {
  const from = new ByteReader(numbers)
  const format = from.byte()
  readWindow(from)
  return { format, numbers: numbers.slice(from.at), detail }
}

const INSTANCE = 'web-1:4711'

/** Boxes of one kind of day, by tier, in the order of their windows. */
type Day = Readonly<Record<Tier, readonly Matter[]>>

function dayOf(perDay: number, day: number): Day {
  const merged = (tier: Tier, parts: readonly Packed[], of: number): Packed[] =>
    Array.from({ length: parts.length / of }, (_, i) => {
      const start = day + i * WIDTH[tier]
      const opened: OpenedBox[] = parts.slice(i * of, (i + 1) * of).map((part) => new Opened(part))
      return mergeBoxes({ start, end: start + WIDTH[tier] }, opened)
    })
  const minutes = Array.from({ length: DAY / MINUTE }, (_, i) => {
    const start = day + i * MINUTE
    return boxOf(recorded(perDay, start, start + MINUTE).entries, start, start + MINUTE)
  })
  const quarters = merged('15m', minutes, 15)
  const hours = merged('1h', quarters, 4)
  const all = { '1m': minutes, '15m': quarters, '1h': hours, '1d': merged('1d', hours, 24) }
  const entries = Object.entries(all).map(([tier, boxes]) => [tier, boxes.map(matterOf)])
  return Object.fromEntries(entries) as Day
}

/** A year like one weekday and one Sunday again and again: what boxes take is what counts. */
export class Days {
  readonly #weekday: Day
  readonly #sunday: Day

  constructor(perDay: number) {
    this.#weekday = dayOf(perDay, Date.UTC(2026, 10, 18))
    this.#sunday = dayOf(perDay, Date.UTC(2026, 10, 22))
  }

  /** The boxes of a tier that begin in a span, of one writer: `*` when they are sealed. */
  boxes(tier: Tier, from: number, to: number, writer: string = '*'): Box[] {
    const width = WIDTH[tier]
    const boxes: Box[] = []
    for (let start = Math.ceil(from / width) * width; start < to; start += width) {
      const day = [0, 6].includes(new Date(start).getUTCDay()) ? this.#sunday : this.#weekday
      const { format, numbers, detail } = day[tier][(start % DAY) / width]!
      const out = new ByteWriter(numbers.length + 64)
      out.byte(format)
      const ranges = [[start / MINUTE, (start + width) / MINUTE]] as const
      const contents = [{ writer: writer === '*' ? 'w' : writer, instance: INSTANCE, ranges }]
      writeWindow(out, { start, end: start + width, contents, final: true })
      out.raw(numbers)
      boxes.push({ tier, start, writer, numbers: out.take(), detail })
    }
    return boxes
  }
}

/** Lengths, ms. */
export const TIME: Readonly<Record<'DAY' | 'HOUR' | 'MINUTE', number>> = { DAY, HOUR, MINUTE }
