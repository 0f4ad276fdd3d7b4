import assert from 'node:assert/strict'
import type { Event, KeptEvent } from '../../core/event.ts'
import type { Batch, Box, StorageDriver } from '../driver.ts'

/** What a driver can show beyond the cases that every driver must pass. */
export type Feature = 'durable' | 'future' | 'unreachable'

/** One fresh store and the ways to it. */
export interface Ground {
  /** Another connection to the one store, not yet open. */
  connect(): StorageDriver | Promise<StorageDriver>
  /** Feature `future`: marks the store as written by a version to come; called with no connection open. */
  future?(): void | Promise<void>
  /** Feature `future`: what would change if the store were touched. */
  fingerprint?(): unknown
  /** Feature `unreachable`: a driver for a place that never answers, and the ms within which `open` or `put` must reject. */
  unreachable?(): { readonly driver: StorageDriver; readonly within: number }
  /** Takes the store away. */
  remove?(): void | Promise<void>
}

/** What a case is given: two open connections to one store. */
export interface Bench {
  readonly one: StorageDriver
  readonly two: StorageDriver
  readonly ground: Ground
  /** A further connection, closed after the case. */
  readonly another: () => Promise<StorageDriver>
}

/** A sentence about drivers, and what shows it. */
export interface Case {
  readonly name: string
  readonly needs?: Feature
  readonly run: (bench: Bench) => Promise<void>
}

/** A whole minute on which cases build. */
export const START: number = Date.UTC(2026, 0, 15, 12)
export const MINUTE = 60_000

const EMPTY = new Uint8Array(0)

/** Bytes that differ by `seed`, every value of a byte among them. */
export function bytes(length: number, seed: number = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 255)
}

export function box(start: number, more: Partial<Box> = {}): Box {
  return { tier: '1m', start, writer: 'w1', numbers: bytes(40, start / MINUTE), detail: EMPTY, ...more }
}

export function event(number: number, more: Partial<Event> = {}): Event {
  return {
    writer: 'w1',
    number,
    kind: 'track',
    time: START + number,
    name: 'revenue',
    value: number / 4,
    weight: 1,
    labels: { plan: 'pro' },
    fields: {},
    ...more,
  }
}

export function batch(more: Partial<Batch>): Batch {
  return { boxes: [], names: [], events: [], time: START, ...more }
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of source) found.push(item)
  return found
}

/** Every box of a tier, `open` or `sealed`. */
export function boxesOf(
  driver: StorageDriver,
  more: Partial<Parameters<StorageDriver['boxes']>[0]> = {}
): Promise<Box[]> {
  return all(driver.boxes({ tier: '1m', which: 'open', from: 0, to: Number.MAX_SAFE_INTEGER, detail: true, ...more }))
}

export function eventsOf(
  driver: StorageDriver,
  selector: Parameters<StorageDriver['events']>[0] = {}
): Promise<KeptEvent[]> {
  return all(driver.events(selector))
}

export function sameBox(found: Box | undefined, put: Box): void {
  assert.ok(found !== undefined, 'a box is missing')
  const { tier, start, writer } = found
  assert.deepEqual({ tier, start, writer }, { tier: put.tier, start: put.start, writer: put.writer })
  assert.deepEqual([...found.numbers], [...put.numbers])
  assert.deepEqual([...found.detail], [...put.detail])
}

export function sameEvent(found: KeptEvent | undefined, put: Event): void {
  assert.ok(found !== undefined, 'an event is missing')
  const { id, ...rest } = found
  assert.ok(Number.isSafeInteger(id) && id > 0, `${id} is no id`)
  assert.deepEqual(rest, put)
}
