import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../src/core/time.ts'
import { ask, values, JOBS } from './asking.ts'
import { failures, NOW } from './shop.ts'

test('the keys of rows depend on the parameters, not on the data', async () => {
  for (const query of [
    'metric=revenue&group_by=day,plan&compare=7d',
    'metric=revenue&group_by=plan&agg=p50,p95',
    'metric=revenue&agg=rate&group_by=hour&from=2d',
  ]) {
    const some = await ask(query)
    const invented = await ask(`${query}&sample=1`, [])
    assert.ok(some.rows.length > 0)
    for (const row of some.rows) assert.deepEqual(Object.keys(row), Object.keys(invented.rows[0]!), query)
  }
})

test('a sample has every field filled, on an empty store and for any metric', async () => {
  for (const query of [
    'metric=none&group_by=day,plan&compare=previous&agg=p95,count',
    'metric=http_error_rate&group_by=hour',
    'metric=revenue&shape=wide&group_by=day,plan',
    'metric=x,y',
  ]) {
    const { envelope, rows } = await ask(`${query}&sample=1`, [])
    assert.ok(rows.length > 0)
    for (const [key, value] of [...Object.entries(envelope), ...rows.flatMap((row) => Object.entries(row))]) {
      if (key !== 'next') assert.notEqual(value, null, `${query}: ${key}`)
    }
  }
})

test('ids are unique within an answer', async () => {
  for (const query of [
    'metric=revenue&from=7d&group_by=hour,plan',
    'metric=http_requests,revenue&group_by=day',
    'metric=http_requests&group_by=endpoint&top=3&from=1h',
  ]) {
    const ids = values(await ask(query), 'id')
    assert.equal(new Set(ids).size, ids.length, query)
  }
})

test('gaps are filled as asked', async () => {
  const query = 'metric=revenue&from=3d&group_by=day,plan&plan=pro'
  assert.deepEqual(values(await ask(query)), [0, 49, 0])
  assert.deepEqual(values(await ask(`${query}&fill=null`)), [null, 49, null])
  assert.deepEqual(values(await ask(`${query}&fill=none`)), [49])
  assert.deepEqual(values(await ask(`${query}&fill=previous`)), [null, 49, 49])
  assert.deepEqual(values(await ask(`${query}&agg=avg`)), [null, 49, null])
  assert.deepEqual(values(await ask(`${query}&agg=avg&fill=zero`)), [0, 49, 0])
})

test('labels are paged by rank, and (other) stands on the first page only', async () => {
  const page = async (query: string) => {
    const { rows, next, envelope } = await ask(`metric=http_requests&from=1h&group_by=endpoint&${query}`)
    return [rows.map((row) => row['value']), next, envelope['total_rows']]
  }
  assert.deepEqual(await page('top=3'), [[18211, 9120, 402, 311], 3, 11])
  assert.deepEqual(await page('top=3&offset=3'), [[90, 70, 50], 6, 11])
  assert.deepEqual(await page('top=3&offset=9'), [[10, 1], null, 11])
  assert.deepEqual(await page('top=3&offset=99'), [[], null, 11])
  assert.deepEqual(await page('limit=2&page=2'), [[402, 90], 4, 11])
  assert.deepEqual(await page('top=3&order=value'), [[1, 10, 20, 28013], 3, 11])
  assert.deepEqual(await page('top=2&order=label'), [[9120, 18211, 713], 2, 11])
  assert.deepEqual((await page('limit=3&order=label'))[0], [402, 9120, 90])
})

test('rows by time are paged, ordered, and a page beyond the end is empty', async () => {
  const page = async (query: string) => {
    const { rows, next, envelope } = await ask(`metric=revenue&from=7d&group_by=day&tz=Europe/Berlin&${query}`)
    return [rows.map((row) => row['value']), next, envelope['row_count'], envelope['total_rows']]
  }
  assert.deepEqual(await page('limit=3'), [[76, 225, 27], 3, 3, 7])
  assert.deepEqual(await page('limit=3&page=3'), [[9], null, 1, 7])
  assert.deepEqual(await page('limit=3&offset=9'), [[], null, 0, 7])
  assert.deepEqual((await page('order=-time'))[0], [9, 157, 18, 94, 27, 225, 76])
  assert.deepEqual((await page('order=-value'))[0], [225, 157, 94, 76, 27, 18, 9])
  assert.deepEqual((await page('order=value&limit=2'))[0], [9, 18])
})

test('by time, the largest lines are shown and the rest of each bucket is (other)', async () => {
  const { rows } = await ask('metric=revenue&from=3d&group_by=day,plan&top=1')
  assert.deepEqual(
    rows.map((row) => [row['id'], row['value']]),
    [
      ['revenue:1795132800:plan=team', 0],
      ['revenue:1795132800:(other)', 18],
      ['revenue:1795219200:plan=team', 99],
      ['revenue:1795219200:(other)', 58],
      ['revenue:1795305600:plan=team', 0],
      ['revenue:1795305600:(other)', 9],
    ]
  )
})

test('wide columns have names that every tool can take, and a map to what they show', async () => {
  const { rows, columns } = await ask('metric=http_requests&from=1h&group_by=hour,endpoint&shape=wide&top=2')
  assert.deepEqual(Object.keys(rows[0]!), [
    'id',
    'time',
    'ts',
    'label',
    'feed',
    'users_id',
    'other',
    'total',
    'partial',
  ])
  assert.deepEqual(columns, { feed: '/feed', users_id: '/users/:id', other: '(other)' })
  const status = await ask('metric=http_requests&from=4h&group_by=day,status&shape=wide', failures())
  assert.deepEqual(Object.keys(status.rows[0]!).slice(4), [
    'status_200',
    'status_404',
    'status_500',
    'status_503',
    'total',
    'partial',
  ])
  const plain = await ask('metric=revenue&from=3d&group_by=day&shape=wide&agg=sum,count')
  assert.deepEqual(Object.keys(plain.rows[0]!).slice(4), ['revenue_sum', 'revenue_count', 'total', 'partial'])
})

test('a label called like a column gets a name of its own', async () => {
  const odd = [{ metric: JOBS, labels: { value: 'v', Kind: 'k' }, value: 1, at: NOW - MINUTE }]
  const { rows } = await ask('metric=jobs_done&group_by=label.value,Kind', odd)
  assert.deepEqual(rows, [
    { id: 'jobs_done:value=v:Kind=k', metric: 'jobs_done', label_value: 'v', kind: 'k', value: 1, share_percent: 100 },
  ])
})

test('labels called alike, like an aggregate, or like nothing keep columns of their own', async () => {
  const labels = { planName: 'p1', plan_name: 'p2', max: 'm', _: 'u', _1: 'one' }
  const some = [{ metric: JOBS, labels, value: 3, at: NOW - MINUTE }]
  const row = async (query: string) => (await ask(`metric=jobs_done&${query}`, some)).rows[0]!
  const alike = await row('group_by=planName,plan_name')
  assert.deepEqual([alike['plan_name'], alike['label_plan_name']], ['p1', 'p2'])
  const pinned = await row('group_by=planName&plan_name=p2')
  assert.deepEqual([pinned['plan_name'], pinned['label_plan_name']], ['p1', 'p2'])
  const largest = await row('group_by=max&agg=sum,max')
  assert.deepEqual([largest['label_max'], largest['max']], ['m', 3])
  for (const shape of ['rows', 'wide']) {
    const keys = Object.keys(await row(`group_by=_,_1&shape=${shape}`))
    for (const key of keys) assert.match(key, /^[a-z][a-z0-9_]*$/)
    assert.equal(keys[0], 'id')
  }
})
