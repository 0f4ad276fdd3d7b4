import { answer } from '../../src/api/answer.ts'
import { type Entry, pack } from '../../src/core/box.ts'
import { minuteOf } from '../../src/core/window.ts'
import type { Event } from '../../src/core/event.ts'
import { hash } from '../../src/core/ids.ts'
import { labelsText, metricText } from '../../src/core/labels.ts'
import { Point } from '../../src/core/point.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { MINUTE } from '../../src/core/time.ts'
import { STORED } from '../../src/names.ts'
import { after, floor } from '../../src/query/calendar.ts'
import { Dictionary } from '../../src/query/dictionary.ts'
import type { Reader } from '../../src/query/query.ts'
import { zoneOf } from '../../src/query/zone.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import type { Box, Name, StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import type { Answer } from '../../src/storage/store.ts'

/** The moment of all worked examples. */
export const NOW: number = Date.UTC(2026, 10, 22, 10, 30)

interface Shape {
  readonly name: string
  readonly kind: string
  readonly unit: string
  readonly buckets: boolean
}

/** A tracked metric. */
export function tracked(name: string, unit: string = 'count'): Shape {
  return { name, kind: 'counter', unit, buckets: true }
}

/** A store filled by hand: values and events at chosen moments. */
export class Seed {
  readonly driver: StorageDriver
  readonly #points = new Map<string, Map<string, Entry>>()
  readonly #names = new Map<string, Name>()
  readonly #events: Event[] = []
  #number = 0

  constructor(driver: StorageDriver = memory()) {
    this.driver = driver
  }

  /** A value of a metric, as a process called `writer` saw it. */
  value(shape: Shape, value: number, at: number, labels: Record<string, string> = {}, writer: string = 'w1'): this {
    const box = `${Math.floor(at / MINUTE) * MINUTE} ${writer}`
    const points = this.#points.get(box) ?? new Map<string, Entry>()
    this.#points.set(box, points)
    const [metric, set] = [hash(shape.name), hash(labelsText(labels))]
    this.#names.set(metric, { id: metric, text: metricText(shape) })
    this.#names.set(set, { id: set, text: labelsText(labels) })
    const entry = points.get(metric + set) ?? { metric, labels: set, point: new Point(shape.buckets) }
    points.set(metric + set, entry)
    entry.point.observe(value, shape.kind === 'histogram' ? -1 : at)
    return this
  }

  /** A tracked value and its event. */
  track(shape: Shape, value: number, at: number, labels: Record<string, string> = {}): this {
    return this.value(shape, value, at, labels).event({ kind: 'track', name: shape.name, value, time: at, labels })
  }

  /** An HTTP request as the collector counts it; without an event. */
  request(method: string, endpoint: string, status: number, ms: number, at: number, count: number = 1): this {
    const labels = { endpoint, method, status: String(status) }
    for (let i = 0; i < count; i++) {
      this.value(STORED.requests, 1, at, labels)
      if (status !== 499) this.value(STORED.latency, Math.round(ms * 1000), at, labels)
    }
    return this
  }

  event(event: Partial<Event> & Pick<Event, 'kind' | 'name' | 'time'>): this {
    this.#events.push({ writer: 'w1', number: ++this.#number, value: 1, weight: 1, labels: {}, fields: {}, ...event })
    return this
  }

  /** Puts everything since the last time. */
  async put(final: boolean = true): Promise<this> {
    await this.driver.open()
    const boxes = [...this.#points].map(([key, points]): Box => {
      const [start = '', writer = ''] = key.split(' ')
      return {
        tier: '1m',
        start: Number(start),
        writer,
        ...pack(minuteOf(writer, writer, Number(start), final), [...points.values()]),
      }
    })
    await this.driver.put({ boxes, names: [...this.#names.values()], events: this.#events, time: NOW })
    this.#events.length = 0
    if (final) this.#points.clear()
    return this
  }

  /** Seals all that is due. */
  async seal(now: number = NOW): Promise<this> {
    const zone = zoneOf('UTC')
    const day = { name: 'day', unit: 'd', count: 1 } as const
    const days = {
      startOf: (at: number) => floor(at, day, zone),
      after: (at: number) => after(floor(at, day, zone), day, zone),
    }
    await new Sealer(this.driver, { days }).run(now)
    return this
  }

  reader(timezone: string = 'UTC'): Reader {
    return { driver: this.driver, dictionary: new Dictionary(this.driver), timezone, kept: KEPT }
  }
}

/** Asks as the main thread does; `path` such as `/metrics/query?metric=a`. */
export function ask(
  reader: Reader,
  path: string,
  more: { accept?: string; facts?: Record<string, unknown>; now?: number } = {}
): Promise<Answer> {
  const [address = '', query = ''] = path.split('?', 2)
  const last = address.split('/')[2] ?? ''
  const { accept = '', facts = {}, now = NOW } = more
  const route = last !== '' ? last : accept.includes('version=') ? 'prometheus' : 'snapshot'
  return answer(
    { route, params: [...new URLSearchParams(query)], url: `https://app.example.com${address}`, accept, now, facts },
    reader
  )
}

/** The text of an answer. */
export async function text(reader: Reader, path: string, more: Parameters<typeof ask>[2] = {}): Promise<string> {
  return new TextDecoder().decode((await ask(reader, path, more)).body)
}

/** A JSON answer with its rows. */
export interface Body extends Record<string, unknown> {
  readonly data: Record<string, unknown>[]
}

/** The JSON of an answer. */
export async function json(reader: Reader, path: string, more: Parameters<typeof ask>[2] = {}): Promise<Body> {
  return JSON.parse(await text(reader, path, more)) as Body
}
