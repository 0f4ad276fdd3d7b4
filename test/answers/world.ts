import { pack, type Entry } from '../../src/core/box.ts'
import { halves, hash } from '../../src/core/ids.ts'
import { canonical, type Labels, labelsText, metricText } from '../../src/core/labels.ts'
import { Point } from '../../src/core/point.ts'
import { KEPT, type Tier } from '../../src/core/tiers.ts'
import { MINUTE } from '../../src/core/time.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import { after, floor } from '../../src/query/calendar.ts'
import { Dictionary } from '../../src/query/dictionary.ts'
import { FoldMemory } from '../../src/query/memory.ts'
import { Shelves } from '../../src/query/shelves.ts'
import { parse } from '../../src/query/parse.ts'
import { type Reader, type Result, run } from '../../src/query/query.ts'
import { zoneOf } from '../../src/query/zone.ts'
import type { Box, Name, StorageDriver } from '../../src/storage/driver.ts'

/** A metric that test data is recorded for. */
export interface Definition {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'unique'
  readonly unit: string
  readonly buckets: boolean
}

/** One value that was recorded: the raw list is what every answer must agree with. */
export interface Observation {
  readonly metric: Definition
  readonly labels: Labels
  /** As stored: durations in microseconds. Of a unique, the id. */
  readonly value: number
  readonly at: number
}

const DAY = { name: 'day', unit: 'd', count: 1 } as const

/** A store with its reader; boxes come in as writers put them. */
export class World {
  readonly driver: StorageDriver
  readonly timezone: string
  readonly reader: Reader
  readonly #sealer: Sealer

  constructor(
    driver: StorageDriver,
    timezone: string = 'UTC',
    kept: Readonly<Record<Tier, number>> = KEPT,
    remembers: boolean = true
  ) {
    this.driver = driver
    this.timezone = timezone
    this.reader = {
      driver,
      dictionary: new Dictionary(driver),
      timezone,
      kept,
      ...(remembers ? { memory: new FoldMemory(), shelves: new Shelves(driver) } : {}),
    }
    const zone = zoneOf(timezone)
    const days = {
      startOf: (at: number) => floor(at, DAY, zone),
      after: (at: number) => after(floor(at, DAY, zone), DAY, zone),
    }
    this.#sealer = new Sealer(driver, { days })
  }

  /** Puts what one writer recorded, a box for each minute. */
  async put(writer: string, observations: readonly Observation[], final: boolean = true): Promise<void> {
    const boxes: Box[] = []
    for (const [start, inside] of byMinute(observations)) boxes.push(boxOf(writer, start, inside, final))
    await this.driver.put({ boxes, names: namesOf(observations), events: [], time: 0 })
  }

  async seal(now: number): Promise<void> {
    await this.#sealer.run(now)
  }

  /** Asks as the API does: `metric=revenue&from=24h`. */
  ask(query: string, now: number): Promise<Result> {
    const params = [...new URLSearchParams(query)]
    return run(parse(params, now, { timezone: this.timezone }), this.reader, now)
  }
}

function byMinute(observations: readonly Observation[]): Map<number, Observation[]> {
  const minutes = new Map<number, Observation[]>()
  for (const each of observations) {
    const start = Math.floor(each.at / MINUTE) * MINUTE
    const known = minutes.get(start)
    if (known === undefined) minutes.set(start, [each])
    else known.push(each)
  }
  return minutes
}

/** What one writer recorded in one minute, packed. */
export function boxOf(writer: string, start: number, observations: readonly Observation[], final: boolean): Box {
  const series = new Map<string, Entry>()
  for (const { metric, labels, value, at } of observations) {
    const key = `${metric.name} ${canonical(labels)}`
    let entry = series.get(key)
    if (entry === undefined) {
      entry = { metric: hash(metric.name), labels: hash(labelsText(labels)), point: new Point(metric.buckets) }
      series.set(key, entry)
    }
    if (metric.kind === 'unique') entry.point.observeId(...halves(hash(`id ${value}`)), at)
    else entry.point.observe(value, metric.kind === 'histogram' ? -1 : at)
  }
  const minute = start / MINUTE
  const contents = [{ writer, instance: 'test', ranges: [[minute, minute + 1]] as [number, number][] }]
  return { tier: '1m', start, writer, ...pack({ start, end: start + MINUTE, contents, final }, [...series.values()]) }
}

/** The names that an app tells with these. */
export function namesOf(observations: readonly Observation[]): Name[] {
  const names = new Map<string, Name>()
  for (const { metric, labels } of observations) {
    names.set(metric.name, { id: hash(metric.name), text: metricText(metric) })
    names.set(canonical(labels), { id: hash(labelsText(labels)), text: labelsText(labels) })
  }
  return [...names.values()]
}
