import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import { ask, worldWith, values, JOBS } from './asking.ts'
import { NOW, REVENUE, sales } from './shop.ts'

test('today so far is compared with yesterday until now', async () => {
  const { envelope } = await ask('metric=revenue&from=today&compare=previous')
  assert.deepEqual([envelope['total'], envelope['previous_total'], envelope['change_percent']], [9, 49, -81.63])
  const week = await ask('metric=revenue&from=7d&compare=previous')
  assert.deepEqual([week.envelope['total'], week.envelope['previous_total']], [615, 0])
  assert.equal(week.envelope['change_percent'], null)
})

test('calendar comparisons take the same day of last week, and lines that are gone show as such', async () => {
  const { rows } = await ask('metric=revenue&from=2d&group_by=day&compare=1d')
  assert.deepEqual(values({ rows }, 'previous'), [18, 49])
  const plans = await ask('metric=revenue&from=today&group_by=plan&compare=1d')
  assert.deepEqual(
    plans.rows.map((row) => [row['plan'], row['value'], row['previous'], row['change_percent']]),
    [
      ['starter', 9, 0, null],
      ['pro', 0, 49, -100],
    ]
  )
})

test('a day of 25 hours is compared with its neighbour as a day', async () => {
  const hourly = Array.from({ length: 60 }, (_, i) => ({
    metric: JOBS,
    labels: {},
    value: 1,
    at: Date.parse('2026-10-23T22:30:00Z') + i * HOUR,
  }))
  const { rows } = await ask(
    'metric=jobs_done&from=2026-10-25&to=2026-10-26&group_by=day&tz=Europe/Berlin&compare=previous',
    hourly
  )
  assert.deepEqual([rows[0]!['value'], rows[0]!['previous']], [25, 24])
})

test('a range that reaches into the future ends with the running bucket', async () => {
  const { envelope, rows } = await ask('metric=revenue&from=today&to=now/d&group_by=hour')
  assert.equal(envelope['to'], '2026-11-23T00:00:00Z')
  assert.deepEqual([rows.length, rows.at(-1)!['partial'], envelope['total']], [11, true, 9])
})

test('a range that is all to come is as it was asked for, and the running minute is not in it', async () => {
  for (const more of ['', '&group_by=plan', '&compare=previous', '&agg=count,rate,p95']) {
    const sold = [{ metric: REVENUE, labels: {}, value: 7, at: NOW - 1 }]
    const { envelope } = await ask(`metric=revenue&from=2027-01-01&to=2028-01-01${more}`, sold)
    const ends = [envelope['from'], envelope['to'], envelope['total'] ?? 0]
    assert.deepEqual(ends, ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z', 0], more)
  }
})

test('a range shorter than its bucket is the bucket that it lies in', async () => {
  const { envelope, rows } = await ask('metric=revenue&from=10m&group_by=hour')
  assert.deepEqual([envelope['from'], rows.length], ['2026-11-22T10:00:00Z', 1])
})

test('a rate is per second that has really passed', async () => {
  const jobs = Array.from({ length: 90 }, (_, i) => ({
    metric: JOBS,
    labels: {},
    value: 2,
    at: NOW - 90 * MINUTE + i * MINUTE,
  }))
  const { rows, envelope } = await ask('metric=jobs_done&from=2h&group_by=hour&agg=rate&per=minute', jobs)
  assert.deepEqual(
    rows.map((row) => row['value']),
    [2, 2]
  )
  assert.deepEqual([envelope['unit'], envelope['total']], ['count/min', 2])
})

test('auto chooses the first width that gives no more than 200 buckets', async () => {
  const widths: Record<string, string> = {
    '1h': '1m',
    '6h': '5m',
    '24h': '15m',
    '7d': '1h',
    '30d': '6h',
    '90d': '1d',
    '1y': '1w',
  }
  for (const [from, width] of Object.entries(widths)) {
    assert.equal((await ask(`metric=revenue&from=${from}&group_by=auto`)).envelope['interval'], width, from)
  }
})

test('all begins with the oldest data', async () => {
  const world = await worldWith(sales())
  assert.equal((await world.ask('metric=revenue&from=all&group_by=day', NOW)).envelope['from'], '2026-10-23T00:00:00Z')
  await world.seal(NOW)
  const { envelope } = await world.ask('metric=revenue&from=all&group_by=month', NOW)
  assert.deepEqual([envelope['from'], envelope['total']], ['2026-10-01T00:00:00Z', 3691])
  assert.equal((await ask('metric=http_requests&from=all', [])).envelope['total'], 0)
})

test('a range within one minute that is over is that minute', async () => {
  const at = Date.parse('2026-11-22T10:20:30Z')
  const sold = [
    { metric: REVENUE, labels: {}, value: 7, at },
    { metric: REVENUE, labels: {}, value: 5, at: at - MINUTE },
  ]
  for (const more of ['', '&group_by=minute', '&compare=previous', '&group_by=plan,minute']) {
    for (const edges of [
      'from=2026-11-22T10:20:10Z&to=2026-11-22T10:20:50Z',
      'from=2026-11-22T10:20Z&to=2026-11-22T10:20:01Z',
    ]) {
      const { envelope, rows } = await ask(`metric=revenue&${edges}${more}`, sold)
      assert.deepEqual(
        [envelope['from'], envelope['to'], envelope['total'] ?? rows[0]!['value'], rows.length],
        ['2026-11-22T10:20:00Z', '2026-11-22T10:21:00Z', 7, 1],
        `${edges}${more}`
      )
    }
  }
})

test('in the first millisecond of a day nothing of it is over, which is no error', async () => {
  const world = await worldWith([{ metric: REVENUE, labels: {}, value: 7, at: NOW }])
  const midnight = Date.parse('2026-11-23T00:00:00Z')
  for (const more of [
    '',
    '&group_by=hour',
    '&group_by=plan',
    '&compare=previous',
    '&agg=rate',
    '&group_by=hour&shape=wide',
  ]) {
    const { envelope } = await world.ask(`metric=revenue&from=today${more}`, midnight)
    assert.ok((envelope['total'] ?? 0) === 0, more)
  }
  await assert.rejects(async () => world.ask('metric=revenue&from=now', midnight), /not before/)
  await assert.rejects(async () => world.ask('metric=revenue&from=today&to=today', midnight), /not before/)
})
