import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMuted, settleMute } from '../../src/alerts/mute.ts'

const MINUTE = 60_000

/** The moments within a span at which muting begins (+) and ends (-), as local time in the zone. */
function edges(given: object, from: string, hours: number, tz: string): string[] {
  const windows = settleMute('mute', given, tz)
  const found: string[] = []
  const start = Date.parse(from)
  let before = isMuted(windows, start)
  for (let at = start + MINUTE; at <= start + hours * 60 * MINUTE; at += MINUTE) {
    const is = isMuted(windows, at)
    if (is !== before) {
      const local = new Intl.DateTimeFormat('sv', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' }).format(at)
      found.push(`${is ? '+' : '-'}${local}`)
    }
    before = is
  }
  return found
}

test('a window begins and ends in local time, also in the nights in which the clocks change', () => {
  const night = { from: '22:00', to: '06:00', tz: 'Europe/Berlin' }
  assert.deepEqual(edges(night, '2026-03-28T12:00:00Z', 24, 'Europe/Berlin'), [
    '+2026-03-28 22:00',
    '-2026-03-29 06:00',
  ])
  assert.deepEqual(edges(night, '2026-10-24T12:00:00Z', 24, 'Europe/Berlin'), [
    '+2026-10-24 22:00',
    '-2026-10-25 06:00',
  ])
})

test('a window within the hour that the clocks skip begins after it, and is twice where they show it twice', () => {
  const early = { from: '02:30', to: '03:30', tz: 'Europe/Berlin' }
  assert.deepEqual(edges(early, '2026-03-28T22:00:00Z', 12, 'Europe/Berlin'), [
    '+2026-03-29 03:00',
    '-2026-03-29 03:30',
  ])
  assert.deepEqual(edges(early, '2026-10-24T22:00:00Z', 12, 'Europe/Berlin'), [
    '+2026-10-25 02:30',
    '-2026-10-25 02:00',
    '+2026-10-25 02:30',
    '-2026-10-25 03:30',
  ])
})

test('a window over midnight belongs to the day on which it begins', () => {
  const friday = { days: 'fri', from: '22:00', to: '06:00' }
  assert.deepEqual(edges(friday, '2026-11-19T00:00:00Z', 72, 'UTC'), ['+2026-11-20 22:00', '-2026-11-21 06:00'])
})

test('days can be a list, a range over the weekend, or alone', () => {
  assert.deepEqual(edges({ days: 'sat-sun' }, '2026-11-19T00:00:00Z', 120, 'UTC'), [
    '+2026-11-21 00:00',
    '-2026-11-23 00:00',
  ])
  assert.deepEqual(settleMute('mute', { days: 'fri-mon' }, 'UTC')[0]?.days, [5, 6, 0, 1])
  assert.deepEqual(settleMute('mute', { days: ['Monday', 'wed'] }, 'UTC')[0]?.days, [1, 3])
  assert.deepEqual(settleMute('mute', [{ days: 'sat' }, { from: '12:00', to: '13:00' }], 'UTC').length, 2)
})

test('a zone with a quarter of an hour', () => {
  const lunch = { from: '12:00', to: '13:00', tz: 'Asia/Kathmandu' }
  assert.deepEqual(edges(lunch, '2026-11-22T00:00:00Z', 12, 'UTC'), ['+2026-11-22 06:15', '-2026-11-22 07:15'])
})
