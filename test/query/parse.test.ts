import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MetricsError } from '../../src/errors.ts'
import { iso } from '../../src/query/calendar.ts'
import { parse, parsePage, parseRange } from '../../src/query/parse.ts'
import type { Question } from '../../src/query/question.ts'
import { zoneOf } from '../../src/query/zone.ts'

const NOW = Date.parse('2026-11-22T10:30:00Z')

function asked(query: string): Question {
  return parse([...new URLSearchParams(query)], NOW, { timezone: 'UTC' })
}

function range(query: string): string {
  const { from, to, tz } = asked(`metric=a&${query}`)
  return `${iso(from.at, zoneOf(tz))} ${iso(to.at, zoneOf(tz))} ${from.kind}`
}

function refusal(query: string): Pick<MetricsError, 'code' | 'message' | 'parameter' | 'hint'> {
  try {
    asked(query)
  } catch (error) {
    assert.ok(error instanceof MetricsError)
    const { code, message, parameter, hint } = error
    return { code, message, parameter, hint }
  }
  return assert.fail(`${query} is understood`)
}

const TIMES: Readonly<Record<string, string>> = {
  '': '2026-11-21T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=24h': '2026-11-21T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=-24h': '2026-11-21T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=now-24h': '2026-11-21T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=24H': '2026-11-21T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=90s': '2026-11-22T10:28:30Z 2026-11-22T10:30:00Z relative',
  'from=30m': '2026-11-22T10:00:00Z 2026-11-22T10:30:00Z relative',
  'from=1M': '2026-10-22T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=6mo': '2026-05-22T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=1Q': '2026-08-22T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=2w': '2026-11-08T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=1y': '2025-11-22T10:30:00Z 2026-11-22T10:30:00Z relative',
  'from=1h30m': '2026-11-22T09:00:00Z 2026-11-22T10:30:00Z relative',
  'from=2h&to=1h': '2026-11-22T08:30:00Z 2026-11-22T09:30:00Z relative',
  'from=now/d': '2026-11-22T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=/d': '2026-11-22T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=now/d&to=now/d': '2026-11-22T00:00:00Z 2026-11-23T00:00:00Z anchored',
  'from=now-1M/M&to=now-1M/M': '2026-10-01T00:00:00Z 2026-11-01T00:00:00Z anchored',
  'from=now/w': '2026-11-16T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=now/Q': '2026-10-01T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=now/y': '2026-01-01T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=today': '2026-11-22T00:00:00Z 2026-11-22T10:30:00Z anchored',
  'from=yesterday&to=today': '2026-11-21T00:00:00Z 2026-11-22T00:00:00Z anchored',
  'from=today&tz=Asia/Kathmandu': '2026-11-22T00:00:00+05:45 2026-11-22T16:15:00+05:45 anchored',
  'from=2026-11-20': '2026-11-20T00:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20&tz=Europe/Berlin': '2026-11-20T00:00:00+01:00 2026-11-22T11:30:00+01:00 absolute',
  'from=2026-11-20&to=2026-11-22': '2026-11-20T00:00:00Z 2026-11-22T00:00:00Z absolute',
  'from=2026-11-20&to=2026-11-22/d': '2026-11-20T00:00:00Z 2026-11-23T00:00:00Z absolute',
  'from=2026-11-20T10:00': '2026-11-20T10:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20 10:00:30': '2026-11-20T10:00:30Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20T10:00:00Z': '2026-11-20T10:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20T10:00:00%2B01:00': '2026-11-20T09:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20T10:00:00+01:00': '2026-11-20T09:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=2026-11-20T10:00:00.250-0330': '2026-11-20T13:30:00Z 2026-11-22T10:30:00Z absolute',
  'from=1795258800': '2026-11-21T11:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=1795258800000': '2026-11-21T11:00:00Z 2026-11-22T10:30:00Z absolute',
  'from=all': '1970-01-01T00:00:00Z 2026-11-22T10:30:00Z all',
}

for (const [query, expected] of Object.entries(TIMES)) {
  test(`${query || 'no time at all'} is ${expected}`, () => assert.equal(range(query), expected))
}

test('a time that is none is refused as the worked example says', () => {
  assert.deepEqual(refusal('metric=revenue&from=24hours'), {
    code: 'bad_time',
    message: 'from=24hours is not a time.',
    parameter: 'from',
    hint: 'Try from=24h. Units: s m h d w M y (m = minute, M = month).',
  })
})

test('the hint repeats what was probably meant', () => {
  assert.match(refusal('metric=a&from=90min').hint!, /^Try from=90m\./)
  assert.match(refusal('metric=a&from=7 days').hint!, /^Try from=7d\./)
  assert.match(refusal('metric=a&to=soon').hint!, /^Try to=now\./)
})

test('days and times that do not exist are refused', () => {
  for (const from of [
    '2026-02-30',
    '2026-13-01',
    '2026-11-20T25:00',
    '2026-11-20T10:61',
    '12345',
    '5',
    'h',
    '/x',
    'now/s',
    '-',
    '2026-11-20T10:00+99:00',
  ]) {
    assert.equal(refusal(`metric=a&from=${encodeURIComponent(from)}`).code, 'bad_time', from)
  }
  assert.equal(refusal('metric=a&from=999999y&tz=Europe/Berlin').hint, 'Try from=all.')
})

test('an empty range is refused, and the hint says how a whole day is written', () => {
  assert.match(refusal('metric=a&from=2026-11-21&to=2026-11-21').hint!, /to=2026-11-22\/d/)
  assert.equal(refusal('metric=a&from=1h&to=2h').code, 'bad_time')
})

test('group_by takes one width of time and three labels', () => {
  const { bucket, labels } = asked('metric=a&group_by=hour,endpoint,label.day,plan')
  assert.deepEqual([bucket, labels], [{ name: 'hour', unit: 'h', count: 1 }, ['endpoint', 'day', 'plan']])
  assert.equal(asked('metric=a&group_by=auto').bucket, 'auto')
  assert.deepEqual(asked('metric=a&group_by=15m').bucket, { name: '15m', unit: 'm', count: 15 })
  assert.deepEqual(asked('metric=a&group_by=days').bucket, { name: 'day', unit: 'd', count: 1 })
  for (const wrong of ['day,hour', 'a,b,c,d', '7m', '5h', '0m', '2d', '10s', 'a-b', '$', 'label.']) {
    assert.equal(refusal(`metric=a&group_by=${wrong}`).code, 'bad_group_by', wrong)
  }
})

test('a parameter that is not reserved is a filter, a sure one if built in or escaped', () => {
  assert.deepEqual(asked('metric=a&endpoint=/a,/b&plan=!pro&label.day=x*').filters, [
    { label: 'endpoint', values: ['/a', '/b'], not: false },
    { label: 'plan', values: ['pro'], not: true, maybe: true },
    { label: 'day', values: ['x*'], not: false },
  ])
  assert.deepEqual(asked('metric=a&status=5xx').filters, [{ label: 'status_class', values: ['5xx'], not: false }])
  assert.deepEqual(asked('metric=a&status=200&status=404').filters, [
    { label: 'status', values: ['200', '404'], not: false },
  ])
  assert.equal(refusal('metric=a&label.a-b=1').code, 'bad_filter')
})

test('misspelt parameters are warned of, cache busters are not', () => {
  assert.deepEqual(asked('metric=a&gruop_by=day').warnings, ['gruop_by is not a parameter: did you mean group_by?'])
  assert.deepEqual(asked('metric=a&t=1&_=2&cb=3&nocache=4&random=5').warnings, [])
})

test('what is not in the lists of words is refused with the code of its parameter', () => {
  const codes: Record<string, string> = {
    'agg=p96': 'bad_agg',
    'per=week': 'bad_agg',
    'shape=tall': 'bad_shape',
    'fill=ones': 'bad_shape',
    'order=size': 'bad_shape',
    'format=xml': 'bad_format',
    'compare=2d': 'bad_time',
    'tz=Nowhere': 'bad_timezone',
    'limit=0': 'bad_limit',
    'limit=10001': 'bad_limit',
    'limit=ten': 'bad_limit',
    'top=-1': 'bad_limit',
    'page=0': 'bad_limit',
    'offset=1.5': 'bad_limit',
  }
  for (const [query, code] of Object.entries(codes)) {
    const { parameter, hint, ...rest } = refusal(`metric=a&${query}`)
    assert.equal(rest.code, code, query)
    assert.equal(parameter, query.slice(0, query.indexOf('=')))
    assert.ok(hint)
  }
})

test('one to eight metrics can be asked for, by their names', () => {
  assert.deepEqual(asked('metric=a,b,a&metric=c').metrics, ['a', 'b', 'c'])
  assert.equal(refusal('from=1h').code, 'bad_metric')
  assert.equal(refusal('metric=a b').code, 'bad_metric')
  assert.equal(refusal('metric=a,b,c,d,e,f,g,h,i').code, 'bad_metric')
})

test('more than ten kilobytes of parameters are refused', () => {
  assert.equal(refusal(`metric=a&endpoint=${'x'.repeat(10_300)}`).code, 'too_large')
})

test('views take range and page alone', () => {
  assert.equal(parseRange([['from', '1h']], NOW, { timezone: 'UTC' }).from.at, NOW - 3_600_000)
  assert.deepEqual(
    parsePage([
      ['page', '3'],
      ['limit', '10'],
    ]),
    { limit: 10, offset: 20 }
  )
  assert.deepEqual(parsePage([]), { limit: 1000, offset: 0 })
})

test('nothing makes the parser throw anything but a MetricsError', () => {
  const words =
    'metric from to group_by agg per tz fill compare top order limit offset page shape format label.x plan'.split(' ')
  const piece = fc.constantFrom(
    'now',
    '-',
    '/',
    'd',
    'M',
    '1',
    '24h',
    '2026-11-22',
    'T10:00',
    '+',
    '%',
    'all',
    ',',
    '!',
    '*',
    'auto',
    'day',
    '\0',
    '',
    '😀',
    '99999999'
  )
  const value = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''))
  )
  const params = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...words), fc.string()), value), { maxLength: 8 })
  fc.assert(
    fc.property(params, fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia'), (given, timezone) => {
      try {
        const { from, to } = parse([['metric', 'a'], ...given], NOW, { timezone })
        assert.ok(Number.isFinite(from.at) && from.at < to.at)
      } catch (error) {
        assert.ok(error instanceof MetricsError, String(error))
      }
    }),
    { numRuns: 2_000 }
  )
})
