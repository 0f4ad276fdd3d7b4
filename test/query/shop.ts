import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { STORED } from '../../src/names.ts'
import type { Definition, Observation } from '../answers/world.ts'

const REQUESTS: Definition = { ...STORED.requests, kind: 'counter' }
const LATENCY: Definition = { ...STORED.latency, kind: 'histogram' }

/** What the worked answers call now. */
export const NOW: number = Date.parse('2026-11-22T10:30:00Z')

/** What the shop sells. */
export const REVENUE: Definition = { name: 'revenue', kind: 'counter', unit: 'USD', buckets: true }
const SIGNUPS: Definition = { name: 'signups', kind: 'counter', unit: 'count', buckets: true }
const PRICES = { starter: 9, pro: 49, team: 99 } as const

/** Payments at a time, the first letters of their plans. */
const PAYMENTS: Readonly<Record<string, string>> = {
  '2026-11-15T14:10:10Z': 's',
  '2026-11-16T09:00:00Z': 'psss',
  '2026-11-17T15:30:05Z': 'ttsss',
  '2026-11-18T11:00:00Z': 'sss',
  '2026-11-19T09:30:00Z': 'pss',
  '2026-11-19T19:30:00Z': 'sss',
  '2026-11-20T16:00:00Z': 'ss',
  '2026-11-21T08:45:00Z': 'p',
  '2026-11-21T12:20:00Z': 't',
  '2026-11-21T20:15:20Z': 's',
  '2026-11-22T05:23:03Z': 's',
}

/** The payments and sign-ups of the worked answers. */
export function sales(): Observation[] {
  const plans = Object.entries(PRICES)
  const payments = Object.entries(PAYMENTS).flatMap(([time, letters]) =>
    Array.from(letters, (letter) => {
      const [plan, value] = plans.find(([name]) => name.startsWith(letter))!
      return { metric: REVENUE, labels: { plan }, value, at: Date.parse(time) }
    })
  )
  const before = { metric: REVENUE, labels: { plan: 'team' }, value: 3076, at: Date.parse('2026-11-03T12:00:00Z') }
  return [...payments, before, ...signups()]
}

/** On the day of 25 hours one comes in each of the repeated ones. */
function signups(): Observation[] {
  const hours = (day: string, count: number) => Array.from({ length: count }, (_, i) => Date.parse(day) + i * HOUR)
  const times = [
    ...hours('2026-10-23T22:30:00Z', 12),
    ...hours('2026-10-24T22:30:00Z', 15),
    ...hours('2026-10-25T23:00:00Z', 9),
  ]
  return times.map((at) => ({ metric: SIGNUPS, labels: {}, value: 1, at }))
}

function requests(endpoint: string, method: string, status: string, count: number, at: number): Observation {
  return { metric: REQUESTS, labels: { endpoint, method, status }, value: count, at }
}

/** An hour of traffic on eleven endpoints. */
export function traffic(): Observation[] {
  const at = NOW - 20 * MINUTE
  const small = [90, 70, 50, 40, 30, 20, 10, 1]
  return [
    requests('/users/:id', 'GET', '200', 18211, at),
    requests('/feed', 'GET', '200', 9120, at),
    requests('/checkout', 'POST', '200', 402, at),
    ...small.map((count, i) => requests(`/small/${i}`, 'GET', '200', count, at)),
    requests('/users/:id', 'GET', '200', 7, NOW - DAY),
  ]
}

/** Four hours, one of them without any request. */
export function failures(): Observation[] {
  const hour = (hours: number) => Date.parse('2026-11-22T07:20:00Z') + hours * HOUR
  return [
    requests('/pay', 'POST', '500', 3, hour(0)),
    requests('/pay', 'POST', '200', 237, hour(0)),
    requests('/pay', 'POST', '200', 198, hour(2)),
    requests('/pay', 'POST', '503', 2, hour(3)),
    requests('/pay', 'POST', '404', 93, hour(3)),
  ]
}

/** A quarter of an hour, request by request. */
export function steady(): Observation[] {
  const start = NOW - 15 * MINUTE
  return [611, 598, 640].flatMap((count, i) =>
    Array.from({ length: count }, (_, n) =>
      requests('/', 'GET', '200', 1, start + i * 5 * MINUTE + Math.floor((n * 5 * MINUTE) / count))
    )
  )
}

/** Three hours of latencies whose ranks are those of the worked answer. */
export function latencies(): Observation[] {
  const hours = [
    [4210, 12_400, 48_100, 96_500],
    [4388, 11_900, 45_700, 91_200],
    [2051, 13_100, 52_600, 133_800],
  ] as const
  const labels = { endpoint: '/users/:id', method: 'GET', status: '200' }
  return hours.flatMap(([count, p50, p95, p99], hour) =>
    Array.from({ length: count }, (_, i) => {
      const rank = (i + 1) / count
      const value = rank <= 0.55 ? p50 : rank <= 0.96 ? p95 : p99
      return {
        metric: LATENCY,
        labels,
        value,
        at: Date.parse('2026-11-22T08:05:00Z') + hour * HOUR + (i % 20) * MINUTE,
      }
    })
  )
}
