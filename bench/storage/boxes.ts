import { type Entry, pack } from '../../src/core/box.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { minuteOf } from '../../src/core/window.ts'
import type { Batch, Box } from '../../src/storage/driver.ts'

export const START: number = Date.UTC(2026, 0, 15)
const ENDPOINTS = Array.from({ length: 4_000 }, (_, index) => hash(`endpoint ${index}`))
const METRIC = hash('http_request_duration')

/** Microseconds that series `index` was given 20 times in a minute, in some 12 buckets. */
export function valuesOf(index: number, seed: number): readonly number[] {
  return Array.from({ length: 20 }, (_, value) => 20_000 * (1 + ((value * 7 + index + seed) % 13) / 6))
}

/** A writer's minute of `series` histograms of 20 values. */
export function minute(writer: string, start: number, series: number, seed: number): Box {
  const entries: Entry[] = []
  for (let index = 0; index < series; index++) {
    const point = new Point(true)
    for (const value of valuesOf(index, seed)) point.observe(value, -1)
    entries.push({ metric: METRIC, labels: ENDPOINTS[index]!, point })
  }
  return { tier: '1m', start, writer, ...pack(minuteOf(writer, 'bench', start, true), entries) }
}

export const putting = (boxes: readonly Box[], time: number): Batch => ({ boxes, names: [], events: [], time })
