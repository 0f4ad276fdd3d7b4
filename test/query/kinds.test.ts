import assert from 'node:assert/strict'
import { test } from 'node:test'
import { halves, hash } from '../../src/core/ids.ts'
import { Sketch } from '../../src/core/sketch.ts'
import { DAY, MINUTE } from '../../src/core/time.ts'
import { MetricsError } from '../../src/errors.ts'
import { STORED } from '../../src/names.ts'
import { Cells } from '../../src/query/group.ts'
import type { Aggregate } from '../../src/query/question.ts'
import type { Definition, Observation, World } from '../answers/world.ts'
import { JOBS, QUEUE, worldWith } from './asking.ts'
import { NOW } from './shop.ts'

const TRACKED: Definition = { name: 'revenue', kind: 'counter', unit: 'USD', buckets: true }
const TIMES: Definition = { name: 'job_seconds', kind: 'histogram', unit: 's', buckets: true }
const VISITORS: Definition = { name: 'visitors', kind: 'unique', unit: 'users', buckets: false }
const REQUESTS = STORED.requests as Definition

/** Six values or ids, two of them the same, within the hour; requests with an error among them. */
function recorded(): Observation[] {
  const values = [1, 2, 3, 4, 4, 10]
  const at = (i: number): number => NOW - (30 - i) * MINUTE
  const all = [JOBS, TRACKED, QUEUE, TIMES, VISITORS].flatMap((metric) =>
    values.map((value, i) => ({ metric, labels: {}, value, at: at(i) }))
  )
  const statuses = ['200', '200', '404', '500', '200'].map((status, i) => {
    return { metric: REQUESTS, labels: { status }, value: 1, at: at(i) }
  })
  return [...all, ...statuses]
}

type Expected = Readonly<Record<Aggregate, number | RegExp>>

const VALUES = { sum: 24, count: 6, avg: 4, min: 1, max: 10, last: 10, rate: 24 }
const ONE = { sum: 1, count: 1, avg: 1, min: 1, max: 1, last: 1, rate: 1 }
const PERCENTILES = { p50: 3, p75: 4, p90: 10, p95: 10, p99: 10 }
const WITHOUT = { p50: /histogram/, p75: /histogram/, p90: /histogram/, p95: /histogram/, p99: /histogram/ }
const NEITHER = { ratio: /for ratios/, unique: /made by metrics\.unique\(\)/ }
const NO_VALUES = /needs values: visitors is a unique, which keeps only how many different ones there were/
const RATIO_ONLY = /would mean nothing/

/** The same reason for all of them. */
function refused(why: RegExp): Expected {
  const all = Object.keys({ ...VALUES, ...NEITHER, ...PERCENTILES })
  return Object.fromEntries(all.map((each) => [each, why])) as Expected
}

/** What each kind answers for each aggregate of the grammar, or why it cannot; the rate is by the hour. */
const TABLE: Readonly<Record<string, Expected>> = {
  // counter()
  jobs_done: { ...VALUES, ...NEITHER, ...WITHOUT },
  // track()
  revenue: { ...VALUES, ...NEITHER, ...PERCENTILES },
  // gauge()
  queue_depth: { ...VALUES, rate: /for what is counted/, ...NEITHER, ...WITHOUT },
  // histogram()
  job_seconds: { ...VALUES, last: /not kept/, ...NEITHER, ...PERCENTILES },
  // unique()
  visitors: { ...refused(NO_VALUES), rate: /adds up/, ratio: /for ratios/, count: 6, unique: 5 },
  // derived: requests through a condition, and a ratio
  http_errors: { ...ONE, ...NEITHER, ...WITHOUT },
  http_error_rate: { ...refused(RATIO_ONLY), ratio: 20 },
}

async function refusalOf(world: World, query: string): Promise<MetricsError> {
  const error: unknown = await world.ask(query, NOW).then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  assert.ok(error instanceof MetricsError, query)
  return error
}

test('each kind answers each aggregate of the grammar, or says why it cannot and what can be asked', async () => {
  const world = await worldWith(recorded())
  for (const [metric, expected] of Object.entries(TABLE)) {
    for (const [agg, wanted] of Object.entries(expected)) {
      const query = `metric=${metric}&agg=${agg}&from=1h&per=hour`
      if (typeof wanted === 'number') {
        const { envelope, rows } = await world.ask(query, NOW)
        assert.ok(Math.abs(Number(envelope['total']) / wanted - 1) <= 0.006, `${query}: ${envelope['total']}`)
        assert.deepEqual([envelope['agg'], rows[0]!['value']], [agg, envelope['total']], query)
      } else {
        const { code, parameter, message, hint } = await refusalOf(world, query)
        assert.deepEqual([code, parameter], ['bad_agg', 'agg'], query)
        assert.match(message, wanted, query)
        const can = Object.keys(expected).filter((each) => typeof expected[each as Aggregate] === 'number')
        assert.deepEqual(
          hint
            ?.replace(/^.* has: |\.$/g, '')
            .split(', ')
            .toSorted(),
          can.toSorted(),
          query
        )
      }
    }
  }
})

test('each kind has a usual aggregate, by time and without, and a unit that goes with it', async () => {
  const world = await worldWith(recorded())
  const usual: Record<string, readonly [byTime: string, whole: string, unit: string]> = {
    jobs_done: ['sum', 'sum', 'count'],
    revenue: ['sum', 'sum', 'USD'],
    queue_depth: ['avg', 'last', 'count'],
    job_seconds: ['avg', 'avg', 's'],
    visitors: ['unique', 'unique', 'users'],
    http_errors: ['sum', 'sum', 'errors'],
    http_error_rate: ['ratio', 'ratio', 'percent'],
  }
  for (const [metric, [byTime, whole, unit]] of Object.entries(usual)) {
    const hourly = (await world.ask(`metric=${metric}&group_by=hour&from=2h`, NOW)).envelope
    const total = (await world.ask(`metric=${metric}&from=2h`, NOW)).envelope
    assert.deepEqual([hourly['agg'], total['agg'], total['unit']], [byTime, whole, unit], metric)
  }
  assert.equal((await world.ask('metric=visitors&agg=count', NOW)).envelope['unit'], 'count')
  assert.equal((await world.ask('metric=revenue&agg=rate&per=day', NOW)).envelope['unit'], 'USD/day')
})

test('where several metrics are asked for, each has what it can have', async () => {
  const world = await worldWith(recorded())
  const { rows, envelope } = await world.ask('metric=revenue,visitors,job_seconds&agg=unique,p95&from=1h', NOW)
  assert.deepEqual(
    rows.map((row) => [row['metric'], row['unique'], row['p95']]),
    [
      ['revenue', null, 10],
      ['visitors', 5, null],
      ['job_seconds', null, 10],
    ]
  )
  assert.equal(envelope['agg'], 'unique,p95')
  const { code } = await refusalOf(world, 'metric=revenue,job_seconds&agg=unique&from=1h')
  assert.equal(code, 'bad_agg')
})

test('an invented answer has the aggregate that is asked for', async () => {
  const world = await worldWith([])
  const { rows, envelope } = await world.ask('metric=anything&agg=unique&sample=1&group_by=day&from=2d', NOW)
  assert.equal(envelope['agg'], 'unique')
  assert.deepEqual(
    rows.map((row) => row['value']),
    [60, 60]
  )
})

const plans = (id: number): string => (id % 3 === 0 ? 'pro' : id % 3 === 1 ? 'team' : 'free')

/** Each day of the last six, id 0 to 99; every tenth comes once more on another plan, and each day brings ten of its own. */
function week(): Observation[] {
  const all: Observation[] = []
  const come = (id: number, plan: string, at: number): void =>
    void all.push({ metric: VISITORS, labels: { plan }, value: id, at })
  for (let day = 0; day < 6; day++) {
    const at = NOW - 20 * MINUTE - day * DAY
    for (let id = 0; id < 100; id++) {
      come(id, plans(id), at)
      if (id % 10 === 0) come(id, 'trial', at + MINUTE)
    }
    for (let id = 0; id < 10; id++) come(1000 * (day + 1) + id, 'pro', at)
  }
  return all
}

for (const sealed of [false, true]) {
  test(`daily, weekly and monthly ones are those of the union, from ${sealed ? 'sealed' : 'open'} boxes`, async () => {
    const world = await worldWith(week())
    if (sealed) await world.seal(NOW)
    const values = async (query: string): Promise<unknown> => {
      const { rows, envelope } = await world.ask(`metric=visitors&${query}`, NOW)
      return [rows.map((row) => row['value']), envelope['total']]
    }
    assert.deepEqual(await values('from=6d&group_by=day'), [[110, 110, 110, 110, 110, 110], 160])
    // 2026-11-22 is a Sunday: its week has begun on Monday, and holds all six days.
    assert.deepEqual(await values('from=6d/d&group_by=week'), [[160], 160])
    assert.deepEqual(await values('from=2026-11-01&group_by=month'), [[160], 160])
    assert.deepEqual(await values('from=30d'), [[160], 160])
    assert.deepEqual(await values('from=30d&plan=trial'), [[10], 10])
    assert.deepEqual(await values('from=30d&agg=count'), [[720], 720])
  })
}

test('groups overlap: totals, (other) and the column of totals are of the union, never a sum', async () => {
  const world = await worldWith(week())
  const byPlan = await world.ask('metric=visitors&from=6d&group_by=plan', NOW)
  assert.deepEqual(
    byPlan.rows.map((row) => [row['plan'], row['value'], row['share_percent']]),
    [
      ['pro', 94, 58.75],
      ['team', 33, 20.63],
      ['free', 33, 20.63],
      ['trial', 10, 6.25],
    ].toSorted((a, b) => Number(b[1]) - Number(a[1]) || (a[0]! < b[0]! ? -1 : 1))
  )
  assert.equal(byPlan.envelope['total'], 160)
  const top = await world.ask('metric=visitors&from=6d&group_by=plan&top=1', NOW)
  // Free, team and trial: those of trial that are on pro, too, are among the others once.
  assert.deepEqual(
    top.rows.map((row) => [row['plan'], row['value']]),
    [
      ['pro', 94],
      ['(other)', 70],
    ]
  )
  const wide = await world.ask('metric=visitors&from=2d&group_by=day,plan&shape=wide', NOW)
  for (const row of wide.rows) assert.deepEqual([row['pro'], row['trial'], row['total']], [44, 10, 110])
})

test('a period is compared with the union of the period before', async () => {
  const world = await worldWith(week())
  const { envelope, rows } = await world.ask('metric=visitors&from=2d/d&to=now/d&group_by=day&compare=previous', NOW)
  assert.deepEqual(
    rows.map((row) => [row['value'], row['previous'], row['change_percent']]),
    rows.map(() => [110, 110, 0])
  )
  assert.equal(envelope['previous_total'], envelope['total'])
})

test('where nobody came it is zero, unless asked otherwise', async () => {
  const world = await worldWith(week().filter((each) => each.at < NOW - 2 * DAY))
  const values = async (query: string): Promise<unknown[]> =>
    (await world.ask(`metric=visitors&from=3d&group_by=day${query}`, NOW)).rows.map((row) => row['value'])
  assert.deepEqual(await values(''), [110, 0, 0])
  assert.deepEqual(await values('&fill=null'), [110, null, null])
  assert.deepEqual(await values('&fill=previous'), [110, 110, 110])
  assert.deepEqual(await values('&fill=none'), [110])
})

test('a question that takes too much memory to tell ids apart is refused', () => {
  const large = new Sketch()
  for (let id = 0; id < 10_000; id++) large.add(...halves(hash(`id ${id}`)))
  const cells = new Cells([{ metric: 'visitors', detail: true, slots: 1, slot: () => 0 }])
  const fill = (count: number): void => {
    for (let group = 0; group < count; group++) cells.point(group, [String(group)], 0, 0, 0).sketch = large
  }
  fill(6_000)
  assert.ok(cells.size > 20_000, 'nothing of that size is remembered')
  assert.throws(() => fill(7_000), { code: 'too_large', message: /100 MB to tell ids apart/ })
})
