import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, floor, iso, labelOf, shift } from '../../src/query/calendar.ts'
import type { Width } from '../../src/query/question.ts'
import { zoneOf } from '../../src/query/zone.ts'

const width = (unit: Width['unit'], count: number = 1): Width => ({ name: `${count}${unit}`, unit, count })

/** Each bucket from one moment to another: its start, its label, its hours. */
function list(tz: string, from: string, to: string, of: Width): string[] {
  const zone = zoneOf(tz)
  const found: string[] = []
  for (let start = floor(Date.parse(from), of, zone); start < Date.parse(to);) {
    const end = after(start, of, zone)
    assert.equal(floor(end - 1, of, zone), start, 'the last moment of a bucket is in it')
    found.push(`${iso(start, zone)} ${labelOf(start, of, zone)} ${(end - start) / 3_600_000}`)
    start = end
  }
  return found
}

test('a day in Berlin has 25 hours when the clocks go back and 23 when they go forward', () => {
  assert.deepEqual(list('Europe/Berlin', '2026-10-24T10:00Z', '2026-10-26T10:00Z', width('d')), [
    '2026-10-24T00:00:00+02:00 2026-10-24 24',
    '2026-10-25T00:00:00+02:00 2026-10-25 25',
    '2026-10-26T00:00:00+01:00 2026-10-26 24',
  ])
  assert.deepEqual(list('Europe/Berlin', '2026-03-29T10:00Z', '2026-03-29T11:00Z', width('d')), [
    '2026-03-29T00:00:00+01:00 2026-03-29 23',
  ])
})

test('the repeated hour is two buckets whose labels carry the offset', () => {
  assert.deepEqual(list('Europe/Berlin', '2026-10-24T23:30Z', '2026-10-25T02:30Z', width('h')), [
    '2026-10-25T01:00:00+02:00 2026-10-25 01:00 1',
    '2026-10-25T02:00:00+02:00 2026-10-25 02:00 +02:00 1',
    '2026-10-25T02:00:00+01:00 2026-10-25 02:00 +01:00 1',
    '2026-10-25T03:00:00+01:00 2026-10-25 03:00 1',
  ])
})

test('six-hour buckets follow the clock over a change', () => {
  assert.deepEqual(list('Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T23:00Z', width('h', 6)), [
    '2026-10-25T00:00:00+02:00 2026-10-25 00:00 7',
    '2026-10-25T06:00:00+01:00 2026-10-25 06:00 6',
    '2026-10-25T12:00:00+01:00 2026-10-25 12:00 6',
    '2026-10-25T18:00:00+01:00 2026-10-25 18:00 6',
  ])
})

test('a day whose midnight is skipped starts at one (São Paulo 2018)', () => {
  assert.deepEqual(list('America/Sao_Paulo', '2018-11-03T12:00Z', '2018-11-05T12:00Z', width('d')), [
    '2018-11-03T00:00:00-03:00 2018-11-03 24',
    '2018-11-04T01:00:00-02:00 2018-11-04 23',
    '2018-11-05T00:00:00-02:00 2018-11-05 24',
  ])
})

test('Lord Howe moves its clocks by half an hour', () => {
  assert.deepEqual(list('Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T16:00Z', width('h')), [
    '2026-04-05T01:00:00+11:00 2026-04-05 01:00 1',
    '2026-04-05T01:30:00+10:30 2026-04-05 01:30 +10:30 0.5',
    '2026-04-05T02:00:00+10:30 2026-04-05 02:00 1',
  ])
  assert.match(list('Australia/Lord_Howe', '2026-10-04T00:00Z', '2026-10-04T00:01Z', width('d'))[0]!, /23\.5$/)
})

test('Kathmandu is 5:45 ahead, and Samoa once had no 30 December', () => {
  assert.equal(
    list('Asia/Kathmandu', '2026-11-21T18:15Z', '2026-11-21T18:16Z', width('d'))[0],
    '2026-11-22T00:00:00+05:45 2026-11-22 24'
  )
  assert.deepEqual(
    list('Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T12:00Z', width('d')).map((each) => each.slice(0, 10)),
    ['2011-12-29', '2011-12-31', '2012-01-01']
  )
})

test('weeks start on Monday, quarters and years on the first', () => {
  const zone = zoneOf('Europe/Berlin')
  const start = (unit: Width['unit']) => iso(floor(Date.parse('2026-11-22T10:30Z'), width(unit), zone), zone)
  assert.equal(start('w'), '2026-11-16T00:00:00+01:00')
  assert.equal(start('M'), '2026-11-01T00:00:00+01:00')
  assert.equal(start('Q'), '2026-10-01T00:00:00+02:00')
  assert.equal(start('y'), '2026-01-01T00:00:00+01:00')
})

test('days and months are moved by the calendar, hours by the ticking of the clock', () => {
  const zone = zoneOf('Europe/Berlin')
  const moved = (from: string, count: number, unit: Width['unit']) =>
    iso(shift(Date.parse(from), count, unit, zone), zone)
  assert.equal(moved('2026-10-26T10:30:00+01:00', -1, 'd'), '2026-10-25T10:30:00+01:00')
  assert.equal(moved('2026-10-26T10:30:00+01:00', -2, 'd'), '2026-10-24T10:30:00+02:00')
  assert.equal(moved('2026-10-26T10:30:00+01:00', -48, 'h'), '2026-10-24T11:30:00+02:00')
  assert.equal(moved('2026-03-31T10:00:00+02:00', -1, 'M'), '2026-02-28T10:00:00+01:00')
  assert.equal(moved('2028-02-29T10:00:00+01:00', -1, 'y'), '2027-02-28T10:00:00+01:00')
})

test('every bucket of every width follows the one before without a gap, whatever the zone', () => {
  for (const tz of [
    'Africa/Casablanca',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Europe/London',
  ]) {
    for (const each of [
      width('m', 15),
      width('h'),
      width('h', 2),
      width('h', 12),
      width('d'),
      width('w'),
      width('M'),
    ]) {
      list(tz, '2026-01-01T00:00Z', each.unit === 'm' ? '2026-04-10T00:00Z' : '2027-01-01T00:00Z', each)
    }
  }
})

test('offsets agree with Intl at any moment', () => {
  for (const tz of ['Africa/Casablanca', 'America/New_York', 'Asia/Tehran', 'Pacific/Chatham']) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset', hour: 'numeric' })
    const zone = zoneOf(tz)
    for (let at = Date.UTC(2020, 0); at < Date.UTC(2027, 0); at += 41 * 3_600_000 + 60_000) {
      const text = format.formatToParts(at).find((part) => part.type === 'timeZoneName')!.value
      const [, sign, hours, minutes] = /GMT([+-])?(\d+)?:?(\d+)?/.exec(text)!
      const expected = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
      assert.equal(zone.offset(at), expected + 0, `${tz} ${new Date(at).toISOString()}`)
    }
  }
})

test('a zone that does not exist is refused with a hint', () => {
  assert.throws(() => zoneOf('Mars/Olympus'), { code: 'bad_timezone', parameter: 'tz' })
  assert.throws(() => zoneOf('x'.repeat(5000)), { code: 'bad_timezone' })
})
