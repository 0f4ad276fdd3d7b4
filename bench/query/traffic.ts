import { load } from '../library.ts'
import type { Entry, Packed } from '../../src/core/box.ts'
import type { Window } from '../../src/core/window.ts'
import type { Point } from '../../src/core/point.ts'
import type { Name } from '../../src/storage/driver.ts'

const { STORED } = await load('names')
const { hash } = await load('core/ids')
const labelling = await load('core/labels')
const { Point: PointClass } = await load('core/point')
const { pack } = await load('core/box')

const MINUTE = 60_000
const DAY = 86_400_000
const ENDPOINTS = 200
/** Steps of a table from which values are drawn. */
const STEPS = 2048

let state = 0x2545f491

/** A random number from 0 to 1, the same in every run. */
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 4_294_967_296
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** How many come in a span in which `mean` come on average. */
function poisson(mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

/** Values in the order of their size, from which one is drawn with equal chance; between two of them, all. */
type Table = Float64Array

function logNormal(middle: number, sigma: number): Table {
  const values = Float64Array.from({ length: STEPS * 4 }, () => middle * Math.exp(sigma * normal())).sort()
  return Float64Array.from({ length: STEPS + 1 }, (_, i) => values[Math.min(i * 4, values.length - 1)]!)
}

function draw(table: Table): number {
  const at = random() * STEPS
  const below = Math.floor(at)
  return Math.round(table[below]! + (table[below + 1]! - table[below]!) * (at - below))
}

interface Status {
  readonly status: string
  readonly share: number
  readonly labels: string
  readonly latency: Table | undefined
}

interface Route {
  readonly labels: string
  readonly share: number
  readonly statuses: readonly Status[]
  readonly requestBytes: Table
  readonly responseBytes: Table
}

/** The names that a store must know. */
export const NAMES: Name[] = []

function named(text: string, id: string = hash(text)): string {
  NAMES.push({ id, text })
  return id
}

for (const metric of Object.values(STORED)) named(labelling.metricText(metric), hash(metric.name))
const ID = Object.fromEntries(Object.entries(STORED).map(([key, { name }]) => [key, hash(name)])) as Record<
  keyof typeof STORED,
  string
>
const NO_LABELS = named(labelling.labelsText({}))

const METHODS = ['GET', 'GET', 'GET', 'POST', 'GET', 'PUT', 'DELETE', 'GET', 'POST', 'PATCH']
const OK: Readonly<Record<string, string>> = { POST: '201', DELETE: '204' }

function statusesOf(method: string, index: number): (readonly [status: string, share: number])[] {
  return [
    [OK[method] ?? '200', 0.945],
    ...(method === 'GET' && index % 3 === 0 ? ([['304', 0.08]] as const) : []),
    ['400', 0.012],
    ['401', 0.006],
    ['404', 0.018],
    ['429', 0.002],
    ['499', 0.003],
    ['500', 0.004],
    ['503', 0.001],
  ]
}

// Zipf: the most used endpoint has a sixth of the traffic, the least used two requests a minute.
const ROUTES: readonly Route[] = Array.from({ length: ENDPOINTS }, (_, index): Route => {
  const method = METHODS[index % METHODS.length]!
  const words = ['users', 'orders', 'invoices', 'products', 'reports', 'teams', 'files', 'events', 'search', 'carts']
  const endpoint = `/api/v1/${words[index % 10]}${Math.floor(index / 10) || ''}/:id`
  const middle = Math.exp(Math.log(8_000) + 0.9 * normal())
  const wanted = statusesOf(method, index)
  const total = wanted.reduce((sum, [, share]) => sum + share, 0)
  return {
    labels: named(labelling.labelsText({ endpoint, method })),
    share: 1 / (index + 1),
    statuses: wanted.map(([status, share]) => ({
      status,
      share: share / total,
      labels: named(labelling.labelsText({ endpoint, method, status })),
      // What fails early is fast.
      latency: status === '499' ? undefined : logNormal(status.startsWith('4') ? middle / 4 : middle, 0.6),
    })),
    requestBytes: Float64Array.from({ length: STEPS + 1 }, (_unused, i) => 420 + 12 * Math.floor((i * 9) / STEPS)),
    responseBytes: index % 3 === 0 ? logNormal(4_000, 0.5) : logNormal(700, 0.08),
  }
})
const SHARES = ROUTES.reduce((sum, { share }) => sum + share, 0)

/** Requests per minute at a time, of so many a day: quiet nights, busy afternoons, weekends at half. */
function rate(perDay: number, time: number): number {
  const hour = (time % DAY) / 3_600_000
  const weekend = [6, 0].includes(new Date(time).getUTCDay()) ? 0.6 : 1.16
  return (perDay / 1440) * weekend * (1 + 0.6 * Math.sin(((hour - 9) / 24) * 2 * Math.PI))
}

/** What was recorded between two times, as points, and how many requests that are. */
export function recorded(perDay: number, start: number, end: number): { entries: Entry[]; requests: number } {
  const entries: Entry[] = []
  const minutes = (end - start) / MINUTE
  const mean = rate(perDay, (start + end) / 2) * minutes
  let requests = 0
  const point = (metric: string, labels: string, buckets: boolean): Point => {
    const made = new PointClass(buckets)
    entries.push({ metric, labels, point: made })
    return made
  }
  for (const route of ROUTES) {
    const counts = route.statuses.map(({ share }) => poisson(((mean * route.share) / SHARES) * share))
    const all = counts.reduce((sum, count) => sum + count, 0)
    if (all === 0) continue
    requests += all
    const ttfb = point(ID.ttfb, route.labels, true)
    const sizes = [
      [point(ID.requestBytes, route.labels, true), route.requestBytes],
      [point(ID.responseBytes, route.labels, true), route.responseBytes],
    ] as const
    for (const [at, count] of counts.entries()) {
      if (count === 0) continue
      const { labels, latency } = route.statuses[at]!
      const last = start + Math.floor(random() * (end - start))
      const total = point(ID.requests, labels, false)
      for (let i = 0; i < count; i++) total.observe(1, last)
      if (latency === undefined) continue
      const times = point(ID.latency, labels, true)
      for (let i = 0; i < count; i++) {
        const micros = draw(latency)
        times.observe(micros, -1)
        ttfb.observe(Math.round(micros * 0.9), -1)
      }
    }
    for (const [size, table] of sizes) for (let i = 0; i < all; i++) size.observe(draw(table), -1)
  }
  const active = point(ID.active, NO_LABELS, false)
  for (let i = 0; i < minutes * 60; i++) active.observe(Math.floor(random() * 6), start + i * 1000)
  return { entries, requests }
}

/** The sealed box of a window that one process wrote. */
export function boxOf(entries: readonly Entry[], start: number, end: number): Packed {
  const contents = [
    { writer: 'mc1x2k3j-5f3a9c2b7d10', instance: 'web-1:4711', ranges: [[start / MINUTE, end / MINUTE]] as const },
  ]
  const window: Window = { start, end, contents, final: true }
  const sorted = entries.toSorted((a, b) => (a.metric + a.labels < b.metric + b.labels ? -1 : 1))
  return pack(window, sorted)
}
