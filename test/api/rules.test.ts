import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { BOOK, emptyBook, ruleEntry, writeBook } from '../../src/alerts/book.ts'
import { fresh } from '../../src/alerts/machine.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { CURSOR } from '../../src/api/streamed.ts'
import { STORED } from '../../src/names.ts'
import type { Reader } from '../../src/query/query.ts'
import { type Body, NOW, Seed, ask, json, text, tracked } from './seed.ts'

const revenue = tracked('revenue', 'USD')
const VIEWS = [
  '',
  '/query?metric=revenue',
  '/endpoints',
  '/requests',
  '/errors',
  '/events',
  '/events?metric=revenue',
  '/metrics',
  '/labels',
  '/alerts',
  '/system',
] as const

/** A little of everything, with names and values that are hard to write. */
async function store(): Promise<Reader> {
  const seed = new Seed()
  seed.track(revenue, 49, NOW - HOUR, { plan: 'pro', Country: 'de', id: '7' })
  seed.track(revenue, -9.123456789, NOW - MINUTE, { plan: '=cmd|x' })
  seed.track(tracked('signups'), 1, NOW - 2 * DAY, { __proto__x: 'a', constructor: 'b' })
  seed
    .request('GET', '/users/:id', 200, 12.3456, NOW - 5 * MINUTE, 40)
    .request('POST', '/pay', 500, 900, NOW - MINUTE, 2)
  for (let i = 0; i < 30; i++) {
    const fields = {
      method: 'GET',
      status: i % 10 === 0 ? 500 : 200,
      ttfb_ms: 1.5,
      request_bytes: 0,
      response_bytes: 99,
      slow: i % 15 === 0,
      aborted: false,
      instance: 'web-1',
    }
    seed.event({
      kind: 'request',
      name: i % 2 ? '/users/:id' : '/feed',
      time: NOW - 30 * SECOND + i,
      value: 5 + i,
      fields,
    })
  }
  for (let i = 0; i < 5; i++) {
    const place = i < 3 ? 'a.ts:1' : 'b.ts:2'
    seed.event({
      kind: 'error',
      name: 'TypeError',
      time: NOW - HOUR + i * MINUTE,
      weight: 2,
      fields: {
        message: `no ${i}`,
        stack: 'TypeError\n at x',
        frame: place,
        group: `TypeError ${place}`,
        endpoint: '/pay',
      },
    })
  }
  seed.value(STORED.uptime, 60, NOW - MINUTE, { instance: 'web-1' }, 'web-1')
  const now = NOW - MINUTE
  const book = { ...emptyBook(), history: [] }
  const entry = ruleEntry(book, 'errors', now)
  const state = { ...fresh(now), state: 'firing', startsAt: now, value: 7.2 } as const
  Object.assign(entry, { last: now, value: 7.2 })
  for (const endpoint of ['/pay', '/feed']) entry.groups.set(endpoint, { ...state, group: { endpoint } })
  await seed.put()
  await seed.driver.swap(BOOK, undefined, writeBook(book))
  return seed.reader()
}

function within(path: string, parameter: string): string {
  return `/metrics${path}${path.includes('?') ? '&' : '?'}${parameter}`
}

test('R1 rows are flat objects under data, or the whole body with shape=rows', async () => {
  const reader = await store()
  for (const view of VIEWS) {
    const body = await json(reader, `/metrics${view}`)
    assert.ok(body.data.length > 0, view)
    for (const row of body.data)
      for (const value of Object.values(row)) assert.notEqual(typeof value === 'object' && value !== null, true, view)
    assert.deepEqual(await json(reader, within(view, 'shape=rows')), body.data, view)
  }
})

test('R2 keys are plain, even where labels are not', async () => {
  const reader = await store()
  for (const view of [...VIEWS, '/query?metric=revenue&group_by=day,Country,id,plan']) {
    for (const row of (await json(reader, `/metrics${view}`)).data) {
      for (const key of Object.keys(row)) assert.match(key, /^[a-z][a-z0-9_]*$/, `${view} ${key}`)
    }
  }
  const [row] = (await json(reader, '/metrics/events?metric=revenue')).data
  assert.deepEqual(Object.keys(row ?? {}), ['id', 'time', 'ts', 'metric', 'value', 'country', 'label_id', 'plan'])
})

test('R2 and R3 hold where labels are called like what every object has, or alike', async () => {
  const strange = { constructor: 'c', toString: 's', planName: 'p1', plan_name: 'p2', _: 'u', _1: 'one', value: 'v' }
  const named: Record<string, string> = { ...strange, ['__proto__']: 'p' }
  const seed = new Seed()
  const odd = tracked('odd')
  const reader = (
    await seed
      .track(odd, 1, NOW - MINUTE, named)
      .track(odd, 2, NOW - MINUTE)
      .put()
  ).reader()
  const { data } = await json(reader, '/metrics/events?metric=odd')
  const [bare, full] = data.map((row) => Object.fromEntries(Object.entries(row).slice(5)))
  assert.deepEqual(Object.keys(bare ?? {}), Object.keys(full ?? {}))
  for (const key of Object.keys(full ?? {})) assert.match(key, /^[a-z][a-z0-9_]*$/)
  assert.deepEqual(new Set(Object.values(full ?? {})), new Set(Object.values(named)))
  for (const [key, value] of Object.entries(bare ?? {})) assert.equal(value, null, key)
  const query = (await json(reader, '/metrics/query?metric=odd&group_by=planName&order=-value')).data[1]
  assert.ok('plan_name' in (query ?? {}) && 'plan_name' in (full ?? {}))
})

test('R3 keys and their order are the same in every row, with data or without', async () => {
  const reader = await store()
  for (const view of VIEWS) {
    const { data } = await json(reader, `/metrics${view}`)
    for (const row of data) assert.deepEqual(Object.keys(row), Object.keys(data[0] ?? {}), view)
    const envelope = Object.keys(await json(reader, `/metrics${view}`))
    assert.deepEqual(Object.keys(await json(reader, within(view, 'sample=1'))), envelope, view)
    const sample = (await json(reader, within(view, 'sample=1'))).data[0] ?? {}
    assert.deepEqual(Object.keys(sample), Object.keys(data[0] ?? {}), view)
  }
})

test('R4 every row has an id that is unique and stays; those of events are growing integers', async () => {
  const reader = await store()
  for (const view of VIEWS) {
    const ids = (await json(reader, `/metrics${view}`)).data.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length, view)
    assert.deepEqual(
      (await json(reader, `/metrics${view}`)).data.map(({ id }) => id),
      ids
    )
    if (!/events|requests/.test(view)) continue
    assert.ok(ids.every(Number.isSafeInteger))
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => Number(b) - Number(a))
    )
  }
})

test('R5 time is RFC 3339 in the asked zone, ts the same moment in milliseconds', async () => {
  const reader = await store()
  for (const view of [
    '/query?metric=revenue&group_by=hour',
    '/requests',
    '/errors',
    '/events',
    '/events?metric=revenue',
  ] as const) {
    for (const { time, ts } of (await json(reader, within(view, 'tz=Asia/Kathmandu'))).data) {
      assert.match(String(time), /^2026-11-\d\dT\d\d:\d\d:\d\d\+05:45$/)
      assert.equal(Math.floor(Number(ts) / 1000) * 1000, Date.parse(String(time)))
    }
  }
})

test('R6 numbers are finite and have six decimals at most', async () => {
  const reader = await store()
  for (const view of VIEWS) {
    const body = await text(reader, `/metrics${view}`)
    assert.doesNotMatch(body, /NaN|Infinity|\d\.\d{7,}/, view)
  }
  assert.equal((await json(reader, '/metrics/events?metric=revenue')).data[0]?.value, -9.123457)
})

test('R7 R8 value is the first aggregate, and the open bucket says so', async () => {
  const { data } = await json(await store(), '/metrics/query?metric=revenue&group_by=hour&from=2h&agg=count,sum')
  assert.deepEqual(
    data.map(({ value, count, partial }) => [value, count, partial]),
    [
      [1, 1, false],
      [1, 1, true],
    ]
  )
})

test('R9 the envelope has its scalars at the top', async () => {
  const body = await json(await store(), '/metrics/query?metric=revenue')
  assert.deepEqual(Object.keys(body), [
    'metric', 'unit', 'agg', 'interval', 'tz', 'from', 'to', 'total', 'previous_total', 'change_percent', 'row_count', 'total_rows', 'next', 'warning', 'data',
  ]) // prettier-ignore
  for (const view of VIEWS) {
    const { data, ...rest } = await json(await store(), `/metrics${view}`)
    // Of alerts there is more than one list.
    const lists = view === '/alerts' ? ['notifiers', 'dead_letters', 'history'] : []
    const scalars = Object.fromEntries(Object.entries(rest).filter(([key]) => !lists.includes(key)))
    for (const list of lists) assert.ok(Array.isArray((rest as Record<string, unknown>)[list]), list)
    assert.equal(scalars['row_count'], data.length, view)
    for (const key of ['next', 'warning']) assert.ok(key in scalars, `${view} ${key}`)
    for (const value of Object.values(scalars)) assert.ok(value === null || typeof value !== 'object')
  }
})

test('R10 following next visits every row once and ends with an empty page', async () => {
  const reader = await store()
  const paths = [
    '/endpoints?limit=1',
    '/requests?limit=7',
    '/errors?limit=1',
    '/events?limit=9',
    '/events?metric=revenue&limit=1',
    '/metrics?limit=4',
    '/labels?limit=3',
    '/endpoints?limit=1&page=1',
    '?limit=1',
    '/query?metric=http_requests&group_by=endpoint&limit=1',
  ]
  for (const path of paths) {
    const seen: unknown[] = []
    let next: string | null = `https://app.example.com/metrics${path}`
    for (let page = 0; next !== null && page < 60; page++) {
      assert.match(next, /^https:\/\/app\.example\.com\/metrics/)
      const { headers }: { headers: Readonly<Record<string, string>> } = await ask(
        reader,
        next.slice('https://app.example.com'.length)
      )
      const body: Body = await json(reader, next.slice('https://app.example.com'.length))
      seen.push(...body.data.map(({ id }) => id))
      next = body.next as string | null
      assert.equal(headers.link, next === null ? undefined : `<${next}>; rel="next"`)
    }
    const all = (await json(reader, `/metrics${path.replace(/limit=\d+|page=1/g, 'limit=1000')}`)).data.map(
      ({ id }) => id
    )
    assert.deepEqual(seen, all, path)
  }
})

test('R10 past the end there is an empty list, and since_id gives what is newer', async () => {
  const reader = await store()
  for (const path of [
    '/endpoints?offset=99',
    '/requests?before_id=1',
    '/events?since_id=999',
    '/metrics?page=50',
    '/errors?offset=9',
    '?offset=50',
  ]) {
    const { status } = await ask(reader, `/metrics${path}`)
    assert.equal(status, 200, path)
    assert.deepEqual((await json(reader, `/metrics${path}`)).data, [], path)
    assert.equal((await json(reader, `/metrics${path}`)).next, null)
  }
  const [newest, , third] = (await json(reader, '/metrics/events')).data
  const newer = await json(reader, `/metrics/events?since_id=${String(third?.id)}`)
  assert.equal(newer.data.length, 2)
  assert.equal(newer.newest_id, newest?.id)
})

test('R10 R18 the number of all rows is a header where it is known', async () => {
  const reader = await store()
  assert.equal((await ask(reader, '/metrics/endpoints?limit=1')).headers['x-total-count'], '2')
  assert.equal((await ask(reader, '/metrics/events?limit=1')).headers['x-total-count'], undefined)
})

test('R11 a metric that was never seen is no error, but says what was meant', async () => {
  const reader = await store()
  for (const path of ['/query?metric=revenu', '/events?metric=revenu', '/labels?metric=revenu']) {
    assert.equal((await ask(reader, `/metrics${path}`)).status, 200)
    const body = await json(reader, `/metrics${path}`)
    assert.deepEqual(body.data, [])
    assert.match(String(body.warning), /revenue/)
  }
  assert.equal((await ask(reader, '/metrics/query?metric=revenu&strict=1')).status, 404)
})

test('R12 sample=1 has a typed example row on an empty store, nothing null in it', async () => {
  const reader = (await new Seed().put()).reader()
  for (const view of VIEWS) {
    const { data, warning } = await json(reader, within(view, 'sample=1'))
    assert.ok(data.length > 0, view)
    assert.match(String(warning), /invented/, view)
    for (const [key, value] of Object.entries(data[0] ?? {})) assert.notEqual(value, null, `${view} ${key}`)
  }
})

test('R12 the numbers of the snapshot are invented too', async () => {
  const body = await json((await new Seed().put()).reader(), '/metrics?sample=1')
  const empty = Object.entries(body).filter(([, value]) => value === null)
  // What this process is called is a fact of the process, and told to the reader in an app.
  assert.deepEqual(
    empty
      .map(([key]) => key)
      .filter((key) => !['app', 'instance', 'uptime_seconds', 'storage', 'active_requests'].includes(key)),
    ['next']
  )
})

test('R13 every bad parameter has a flat error with a code, the parameter and a way out', async () => {
  const reader = await store()
  const wrong: [string, string, string][] = [
    ['/query?metric=revenue&from=x', 'bad_time', 'from'], ['/query', 'bad_metric', 'metric'], ['/query?metric=a%20b', 'bad_metric', 'metric'],
    ['/query?metric=revenue&group_by=a-b', 'bad_group_by', 'group_by'], ['/query?metric=revenue&agg=p42', 'bad_agg', 'agg'],
    ['/query?metric=revenue&tz=Mars', 'bad_timezone', 'tz'], ['/endpoints?limit=0', 'bad_limit', 'limit'], ['/events?limit=99999', 'bad_limit', 'limit'],
    ['/endpoints?format=xml', 'bad_format', 'format'], ['/export?metric=revenue&format=sqlite', 'bad_format', 'format'],
    ['/endpoints?shape=wide', 'bad_shape', 'shape'], ['/query?metric=revenue&shape=round', 'bad_shape', 'shape'],
    ['/endpoints?order=price', 'bad_shape', 'order'], ['/events?order=id', 'bad_shape', 'order'], ['/events?before_id=x', 'bad_filter', 'before_id'],
    ['/requests?since_id=-1', 'bad_filter', 'since_id'], ['/events?kind=Robert%27);', 'bad_filter', 'kind'], ['/events?metric=revenue,signups', 'bad_metric', 'metric'],
    ['/endpoints?from=now&to=1h', 'bad_time', 'from'],
  ] // prettier-ignore
  for (const [path, code, parameter] of wrong) {
    const answer = await ask(reader, `/metrics${path}`, { accept: 'text/html' })
    const body = JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>
    assert.equal(answer.status, 400, path)
    assert.match(answer.headers['content-type'] ?? '', /application\/json/)
    assert.deepEqual([body.error, body.parameter], [code, parameter], path)
    assert.deepEqual(Object.keys(body), ['error', 'message', 'parameter', 'hint', 'docs'])
    assert.ok(String(body.hint).length > 10, path)
    assert.match(String(body.docs), /^https:\/\/app\.example\.com\/metrics\/docs#[a-z_]+$/, path)
  }
  const unknown = await ask(reader, '/metrics/nothing')
  assert.equal(unknown.status, 404)
})

test('R14 unknown parameters change nothing, misspelt ones are named', async () => {
  const reader = await store()
  for (const view of VIEWS) {
    const { data, warning } = await json(reader, within(view, 't=1700000000&_=5&utm_source=x'))
    assert.equal(warning, null, view)
    assert.deepEqual(data, (await json(reader, `/metrics${view}`)).data, view)
  }
  for (const view of ['/query?metric=revenue', '/endpoints', '/requests', '/events', '/metrics']) {
    assert.match(String((await json(reader, within(view, 'limt=5'))).warning), /limit/, view)
  }
})

test('endpoints and requests are filtered by label, by class of status, by slow and errors', async () => {
  const seed = new Seed()
  seed
    .request('GET', '/a', 200, 5, NOW - MINUTE)
    .request('POST', '/a', 201, 5, NOW - MINUTE)
    .request('GET', '/b', 503, 5, NOW - MINUTE)
  seed.value({ name: 'http_requests', kind: 'counter', unit: 'requests', buckets: false }, 1, NOW - MINUTE, {
    endpoint: '/c',
    method: 'GET',
    status: '200',
    region: 'eu',
  })
  const fields = { method: 'GET', status: 200, slow: false, aborted: false }
  seed
    .event({ kind: 'request', name: '/a', time: NOW - 3, fields })
    .event({ kind: 'request', name: '/b', time: NOW - 2, fields: { ...fields, status: 503 } })
  seed.event({
    kind: 'request',
    name: '/a',
    time: NOW - 1,
    fields: { ...fields, method: 'POST', status: 404, slow: true },
  })
  const reader = (await seed.put()).reader()
  const of = async (path: string): Promise<unknown[]> =>
    (await json(reader, `/metrics/${path}`)).data.map(({ endpoint, method }) => `${String(method)} ${String(endpoint)}`)
  assert.deepEqual(await of('endpoints?endpoint=/a&order=method'), ['GET /a', 'POST /a'])
  assert.deepEqual(await of('endpoints?status=5xx'), ['GET /b'])
  assert.deepEqual(await of('endpoints?method=!GET'), ['POST /a'])
  assert.deepEqual(await of('endpoints?region=eu'), ['GET /c'])
  assert.deepEqual(await of('requests?slow=1'), ['POST /a'])
  assert.deepEqual(await of('requests?errors=1'), ['GET /b'])
  assert.deepEqual(await of('requests?status=404,503'), ['POST /a', 'GET /b'])
  assert.deepEqual(await of('requests?endpoint=/a&method=GET&t=5'), ['GET /a'])
  assert.deepEqual(await of('requests?from=2026-11-22T10:29:59.998Z&to=2026-11-22T10:29:59.999Z'), ['GET /b'])
})

test('errors are grouped by type and place, newest first, with what was said last', async () => {
  const { data, total } = await json(await store(), '/metrics/errors')
  assert.equal(total, 10)
  assert.deepEqual(
    data.map(({ type, frame, count, message, first_seen, last_seen }) => [
      type,
      frame,
      count,
      message,
      first_seen,
      last_seen,
    ]),
    [
      ['TypeError', 'b.ts:2', 4, 'no 4', '2026-11-22T09:33:00Z', '2026-11-22T09:34:00Z'],
      ['TypeError', 'a.ts:1', 6, 'no 2', '2026-11-22T09:30:00Z', '2026-11-22T09:32:00Z'],
    ]
  )
})

test('the catalogue knows kinds, units, labels and values', async () => {
  const reader = await store()
  const { data } = await json(reader, '/metrics/metrics?metric=revenue')
  assert.deepEqual(data, [
    {
      id: 'revenue',
      metric: 'revenue',
      type: 'counter',
      unit: 'USD',
      percentiles: true,
      built_in: false,
      help: '',
      labels: 'Country,id,plan',
      label_values: 'Country=de;id=7;plan==cmd|x|pro',
      overflow_label: null,
      overflow_since: null,
    },
  ])
  const values = await json(reader, '/metrics/labels?metric=http_error_rate&label=status_class')
  assert.deepEqual(
    values.data.map(({ value }) => value),
    ['2xx', '5xx']
  )
  const names = (await json(reader, '/metrics/metrics')).data.map(({ id }) => id)
  assert.ok(['http_requests', 'http_error_rate', 'revenue', 'signups'].every((name) => names.includes(name)))
})

test('an export is whole: rows of a query, events piece by piece, in each format', async () => {
  const seed = new Seed()
  for (let i = 0; i < 12_001; i++)
    seed.event({ kind: 'track', name: 'revenue', time: NOW - i, value: i, labels: { plan: `p${i % 3}` } })
  seed.value(revenue, 1, NOW - MINUTE, { plan: 'p1' })
  const reader = (await seed.put()).reader()
  for (const format of ['csv', 'ndjson', 'json']) {
    let body = ''
    let cursor: string | undefined
    let pieces = 0
    do {
      const answer = await ask(reader, `/metrics/export?metric=revenue&events=1&format=${format}`, {
        facts: cursor === undefined ? {} : { cursor },
      })
      body += new TextDecoder().decode(answer.body)
      cursor = answer.headers[CURSOR]
      pieces++
    } while (cursor !== undefined)
    assert.equal(pieces, 3)
    if (format === 'json') assert.equal((JSON.parse(body) as unknown[]).length, 12_001)
    else assert.equal(body.trimEnd().split('\n').length, format === 'csv' ? 12_002 : 12_001)
  }
  assert.match(
    await text(reader, '/metrics/export?metric=revenue&group_by=plan'),
    /^metric,plan,value,share_percent\r\nrevenue,p1,1,100\r\n$/
  )
  assert.match(
    await text(reader, '/metrics/export?kind=track&limit=1'),
    /^id,time,ts,kind,name,value,weight,labels,message\r\n/
  )
})

test('a store that does not answer is unavailable for a while, and says nothing of itself', async () => {
  const reader = await store()
  await reader.driver.close()
  const answer = await ask(reader, '/metrics/endpoints')
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '1')
  const text = new TextDecoder().decode(answer.body)
  assert.match(text, /"error":"unavailable"/)
})

test('R15 Accept chooses rows as CSV or lines, and format beats it', async () => {
  const reader = await store()
  const type = async (path: string, accept: string): Promise<string> =>
    (await ask(reader, path, { accept })).headers['content-type'] ?? ''
  assert.match(await type('/metrics/query?metric=revenue', ''), /^application\/json/)
  assert.match(await type('/metrics/query?metric=revenue', '*/*'), /^application\/json/)
  assert.match(await type('/metrics/query?metric=revenue', 'text/csv'), /^text\/csv/)
  assert.match(await type('/metrics/query?metric=revenue', 'application/x-ndjson'), /^application\/x-ndjson/)
  assert.match(await type('/metrics/query?metric=revenue&format=json', 'text/csv'), /^application\/json/)
  assert.match(await type('/metrics', 'text/html,application/xhtml+xml,*/*;q=0.8'), /^application\/json/)
  assert.match(await type('/metrics/export?metric=revenue', ''), /^text\/csv/)
  assert.match(await type('/metrics/query?metric=revenue&format=prometheus', ''), /^text\/plain; version=0\.0\.4/)
})

test('R16 next carries the token only if it came in the query', async () => {
  const reader = await store()
  const body = await json(reader, '/metrics/endpoints?limit=1&token=sheet')
  assert.equal(body.next, 'https://app.example.com/metrics/endpoints?limit=1&token=sheet&offset=1')
  assert.equal(
    (await json(reader, '/metrics/endpoints?limit=1')).next,
    'https://app.example.com/metrics/endpoints?limit=1&offset=1'
  )
})

test('R13 a state of alerts that there is not is refused: it would look as if nothing fired', async () => {
  const reader = await store()
  for (const filter of ['state=fireing', 'state=!ok', 'severity=bad', 'condition=ok,never']) {
    const { status, body } = await ask(reader, `/metrics/alerts?${filter}`)
    const { error, parameter, hint } = JSON.parse(new TextDecoder().decode(body)) as Record<string, string>
    assert.deepEqual([status, error, parameter], [400, 'bad_filter', filter.split('=')[0]], filter)
    assert.match(hint!, /Try one or more of: /)
  }
  const { status } = await ask(
    reader,
    '/metrics/alerts?state=firing, pending&severity=critical&condition=no_data&rule=x'
  )
  assert.equal(status, 200)
})

test('R19 a table without rows has its header, and of an unknown metric the one that it would have', async () => {
  const reader = await store()
  for (const more of ['', '&strict=0', '&offset=99', '&group_by=plan&plan=nope', '&group_by=plan&limit=5&page=9']) {
    for (const metric of ['revenue', 'revenu']) {
      const csv = await text(reader, `/metrics/export?metric=${metric}${more}`)
      assert.match(csv, /^metric,(plan,)?value(,share_percent)?\r\n/, `${metric}${more}`)
    }
  }
})

test('R11 the catalogue says that it does not know a metric, and which is near', async () => {
  const reader = await store()
  for (const route of ['metrics', 'labels']) {
    const { body } = await ask(reader, `/metrics/${route}?metric=revenu`)
    assert.match(new TextDecoder().decode(body), /No metric called revenu .*Did you mean revenue\?/, route)
  }
})

test('R19 CSV has no mark unless asked, CRLF, a header even without rows, empty cells for null, times in the zone', async () => {
  const reader = await store()
  const csv = await text(
    reader,
    '/metrics/query?metric=revenue&group_by=hour&from=2h&format=csv&agg=avg&tz=Europe/Berlin&fill=null'
  )
  assert.equal(
    csv,
    'time,label,metric,value,partial\r\n2026-11-22 10:00:00,2026-11-22 10:00,revenue,49,false\r\n2026-11-22 11:00:00,2026-11-22 11:00,revenue,-9.123457,true\r\n'
  )
  assert.deepEqual(
    Array.from((await ask(reader, '/metrics/endpoints?format=csv&bom=1')).body.slice(0, 4)),
    [0xef, 0xbb, 0xbf, 0x6d]
  )
  assert.equal(
    await text(reader, '/metrics/errors?format=csv&from=1m'),
    'id,time,ts,type,message,frame,endpoint,count,first_seen,last_seen,stack\r\n'
  )
  assert.match(
    await text(reader, '/metrics/events?metric=revenue&format=csv'),
    /2026-11-22 10:29:00,1795343340000,revenue,-9\.123457,,,'=cmd\|x\r\n/
  )
  const { headers } = await ask(reader, '/metrics/events?metric=revenue&format=csv')
  assert.equal(headers['content-disposition'], 'inline; filename="revenue.csv"')
})

test('R22 default answers stay small and quick', async () => {
  const seed = new Seed()
  for (let i = 0; i < 500; i++) seed.request('GET', `/route/${i}/:id`, 200, i, NOW - MINUTE, 2)
  for (let i = 0; i < 3_000; i++)
    seed.event({
      kind: 'request',
      name: `/route/${i % 500}/:id`,
      time: NOW - i,
      fields: { method: 'GET', status: 200 },
    })
  const reader = (await seed.put()).reader()
  for (const path of [
    '',
    '/endpoints',
    '/requests',
    '/events',
    '/query?metric=http_requests&group_by=endpoint',
    '/metrics',
  ]) {
    const times: number[] = []
    let size = 0
    for (let i = 0; i < 4; i++) {
      const began = performance.now()
      size = (await ask(reader, `/metrics${path}`)).body.length
      times.push(performance.now() - began)
    }
    assert.ok(size < 1e6, `${path}: ${size} bytes`)
    assert.ok(Math.min(...times) < 1_000, `${path}: ${times.join(' ')} ms`)
  }
})

async function namesOf(reader: Reader): Promise<string> {
  let names = ''
  for await (const { id, text: said } of reader.driver.names()) names += `${id} ${said}\n`
  return names
}

test('S8 nothing but names gets through where names are meant, and the store is as it was', async () => {
  const reader = await store()
  const before = await namesOf(reader)
  const wrong = [
    'query?metric=revenue&group_by=hour;DROP TABLE',
    "query?metric=' OR 1=1",
    'query?metric=revenue&order=1,(select 1)',
    'endpoints?order=1,(select 1)',
    "query?metric=revenue&tz=UTC'--",
    'query?metric=revenue&agg=sum(x)',
    'query?metric=revenue&fill=0;',
    'events?order=id desc',
    'endpoints?limit=1 OR 1',
  ]
  for (const path of wrong) {
    const answer = await ask(reader, `/metrics/${path.replace(';', '%3B')}`)
    assert.equal(answer.status, 400, path)
    assert.match(new TextDecoder().decode(answer.body), /"hint":"[^"]{10,}/)
  }
  for (const path of ["events?metric=revenue&plan=' OR ''='", 'labels?label=x;y', "requests?endpoint='; DROP TABLE"]) {
    const body = await json(reader, `/metrics/${path.replace(';', '%3B')}`)
    assert.deepEqual(body.data, [], path)
  }
  assert.equal(await namesOf(reader), before)
})

test('S9 times that cannot be are refused, ranges that are too fine as well', async () => {
  const reader = await store()
  for (const range of [
    'from=-1',
    'from=9e99',
    'from=now&to=2h',
    'from=NaN',
    'from=2026-13-01',
    'from=99999999999999999999',
    'to=Infinity',
    'from=10y&group_by=minute',
    'from=1h&group_by=1s',
    'from=all&group_by=1m',
  ]) {
    const answer = await ask(reader, `/metrics/query?metric=revenue&${range}`)
    const body = JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>
    assert.ok(answer.status === 400 || (answer.status === 200 && body.warning !== null), `${range}: ${answer.status}`)
  }
})

test('S19 names of the prototype are names like others', async () => {
  const seed = new Seed()
  const labels = Object.fromEntries([
    ['__proto__', 'polluted'],
    ['constructor', 'c'],
    ['toString', 't'],
  ])
  seed
    .track(revenue, 1, NOW - MINUTE, labels)
    .track(tracked('__proto__'), 1, NOW - MINUTE)
    .track(tracked('constructor'), 2, NOW - MINUTE)
  const reader = (await seed.put()).reader()
  for (const path of [
    'query?metric=revenue&group_by=__proto__',
    'query?metric=constructor,__proto__',
    'events?metric=revenue&__proto__=polluted',
    'labels',
    'metrics',
    '',
    'endpoints?order=constructor',
    'events?sample=1&metric=revenue',
    'export?metric=revenue&group_by=day,constructor&shape=wide',
    'export?format=prometheus',
  ]) {
    assert.ok((await ask(reader, `/metrics/${path}`)).status < 500, path)
  }
  assert.equal((await json(reader, '/metrics/query?metric=constructor')).total, 2)
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})
