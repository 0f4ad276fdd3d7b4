import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeHelp, labelText, legalName, sampleValue } from '../../src/exporters/exposition.ts'
import { type Described, families } from '../../src/exporters/families.ts'
import { type Dialect, Exposition, type Sample } from '../../src/exporters/prometheus.ts'
import { STORED } from '../../src/names.ts'
import { complaint, lint, openMetricsComplaint } from './promtool.ts'

const described = (name: string, kind: string, more: Partial<Described> = {}): Described => ({
  name,
  kind,
  unit: 'count',
  buckets: false,
  help: `${name}.`,
  ...more,
})
const sample = (more: Partial<Sample> = {}): Sample => ({
  labels: '',
  count: 3,
  sum: 4.5,
  last: 2,
  counts: undefined,
  ...more,
})

async function written(
  metrics: readonly Described[],
  samples: readonly Sample[],
  dialect: Dialect = 'prometheus'
): Promise<string> {
  const text = new Exposition(dialect)
  for (const family of families(metrics).values()) await text.family(family, samples)
  return new TextDecoder().decode(await text.end())
}

test('each kind in the classic format, byte for byte', async () => {
  const text = await written(
    [
      described('jobs_done', 'counter'),
      described('pool', 'gauge'),
      described('job_seconds', 'histogram', { unit: 's', buckets: true }),
      described('revenue', 'counter', { unit: 'USD', buckets: true, help: 'Money\nand \\ "more"' }),
    ],
    [sample({ labels: 'queue="mail"', counts: [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] })]
  )
  const bounds = [
    '0.01',
    '0.05',
    '0.1',
    '0.5',
    '1.0',
    '2.5',
    '5.0',
    '10.0',
    '30.0',
    '60.0',
    '300.0',
    '600.0',
    '1800.0',
    '3600.0',
  ]
  assert.equal(
    text,
    [
      '# HELP job_seconds job_seconds.',
      '# TYPE job_seconds histogram',
      ...bounds.map((le, i) => `job_seconds_bucket{queue="mail",le="${le}"} ${i < 3 ? 1 : 2}`),
      'job_seconds_bucket{queue="mail",le="+Inf"} 3',
      'job_seconds_sum{queue="mail"} 4.5',
      'job_seconds_count{queue="mail"} 3',
      '# HELP jobs_done_total jobs_done.',
      '# TYPE jobs_done_total counter',
      'jobs_done_total{queue="mail"} 4.5',
      '# HELP pool pool.',
      '# TYPE pool gauge',
      'pool{queue="mail"} 2',
      '# HELP revenue Money\\nand \\\\ "more"',
      '# TYPE revenue summary',
      'revenue_sum{queue="mail"} 4.5',
      'revenue_count{queue="mail"} 3',
      '',
    ].join('\n')
  )
  assert.equal(complaint(text), '')
})

test('OpenMetrics names counters without _total, says units, and ends', async () => {
  const metrics = [described('jobs_done', 'counter'), described('took', 'histogram', { unit: 'ms', buckets: true })]
  const text = await written(metrics, [sample({ counts: Array.from({ length: 15 }, () => 0) })], 'openmetrics')
  assert.match(text, /^# TYPE jobs_done counter$/m)
  assert.match(text, /^jobs_done_total 4\.5$/m)
  assert.match(text, /^# UNIT took_seconds seconds$/m)
  assert.match(text, /^took_seconds_sum 0\.0045$/m)
  assert.match(text, /\n# EOF\n$/)
  assert.equal(openMetricsComplaint(text), '')
})

test('what is built in has base units and nothing that a linter would say', async () => {
  const text = await written(Object.values(STORED), [
    sample({ labels: 'endpoint="/a",method="GET"', sum: 4500, counts: [1, 1, 1] }),
  ])
  assert.match(text, /^http_request_duration_seconds_sum\{endpoint="\/a",method="GET"\} 0\.0045$/m)
  assert.match(text, /^http_requests_total\{/m)
  assert.match(text, /^http_request_duration_seconds_bucket\{endpoint="\/a",method="GET",le="0\.005"\} 1$/m)
  assert.deepEqual(lint(text), [])
})

test('any label key and value and any help is taken by Prometheus itself', async () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\\', '"', '\n', '\r', '\0', '{', '}', ',', '=', '#', ' ', 'é', '\u2028', '\uD800', '🔑'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })
    ),
  })
  const labels = fc.array(fc.tuple(anything, anything), { maxLength: 5 })
  const cases = fc.sample(fc.tuple(labels, anything), 300)
  const lines: string[] = []
  for (const [index, [pairs, help]] of cases.entries()) {
    for (const dialect of ['prometheus', 'openmetrics'] as const) {
      const text = await written(
        [described(`m${index}`, 'gauge', { help })],
        [sample({ labels: labelText(new Map(pairs)) })],
        dialect
      )
      if (dialect === 'prometheus') lines.push(text)
      assert.doesNotMatch(text, /\0/)
      assert.equal(text.isWellFormed(), true)
    }
  }
  assert.equal(complaint(lines.join('')), '')
})

test('label values come back from their escapes as they went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = labelText([['a', value]])
      const inside = text.slice(3, -1).replaceAll(/\\(.)/g, (_, code: string) => (code === 'n' ? '\n' : code))
      assert.equal(inside, value.replaceAll('\0', '').toWellFormed())
      assert.equal(text.includes('\n'), false)
    })
  )
})

test('label names are made legal and stay apart', () => {
  assert.equal(
    labelText(Object.entries({ plan: 'a', le: 'b', quantile: 'c', __name__: 'd', 'a-b': 'e', a_b: 'f', '1x': 'g' })),
    'label_1x="g",label___name__="d",a_b="e",a_b_2="f",label_le="b",plan="a",label_quantile="c"'
  )
})

test('two metrics never share a name, whatever they are called', () => {
  const kinds = fc.constantFrom('counter', 'gauge', 'histogram')
  const name = fc.stringMatching(/^[a-b_][a-b_.:-]{0,2}(_total|_sum|_count|_bucket|_created|_seconds|_ms)?$/)
  const metric = fc.record({
    name,
    kind: kinds,
    unit: fc.constantFrom('count', 's', 'ms', 'bytes'),
    buckets: fc.boolean(),
    help: fc.constant('x'),
  })
  fc.assert(
    fc.property(fc.uniqueArray(metric, { selector: (one) => one.name, maxLength: 12 }), (metrics) => {
      const seen = new Set<string>()
      for (const { name: family, type } of families(metrics).values()) {
        const suffixes = {
          counter: ['_total'],
          gauge: [''],
          histogram: ['_bucket', '_sum', '_count'],
          summary: ['_sum', '_count'],
        }[type]
        for (const suffix of suffixes) {
          assert.equal(seen.has(family + suffix), false, family + suffix)
          seen.add(family + suffix)
        }
      }
      const again = families(metrics.toReversed())
      for (const [key, family] of families(metrics))
        assert.deepEqual(again.get(key), family, 'the order in which they came does not matter')
    })
  )
})

test('names keep what they have and get what they lack', () => {
  const nameOf = (...args: Parameters<typeof described>): string | undefined =>
    [...families([described(...args)]).values()][0]?.name
  assert.equal(nameOf('jobs_total', 'counter'), 'jobs')
  assert.equal(nameOf('_total', 'counter'), '_total')
  assert.equal(nameOf('job.time', 'histogram', { unit: 's' }), 'job_time_seconds')
  assert.equal(nameOf('import_ms', 'histogram', { unit: 'ms' }), 'import_seconds')
  assert.equal(nameOf('upload_bytes', 'histogram', { unit: 'bytes' }), 'upload_bytes')
  assert.equal(nameOf('active_users', 'unique', { unit: 's' }), 'active_users_24h')
  assert.equal(nameOf('active_users', 'unheard-of'), undefined)
  assert.equal(legalName('9lives'), '_9lives')
})

test('values that are no numbers are written as Prometheus does', () => {
  assert.deepEqual([1e21, -0.5, Infinity, -Infinity, NaN].map(sampleValue), ['1e+21', '-0.5', '+Inf', '-Inf', 'NaN'])
  assert.equal(escapeHelp('a"b', true), 'a\\"b')
})

test('ten thousand histograms are written in many turns, and their lines are those of each by itself', async () => {
  const took = described('took', 'histogram', { unit: 's', buckets: true })
  const [family] = families([took]).values()
  const counts = Array.from({ length: 15 }, (_, at) => (at % 3 === 0 ? 1e9 + at : at * 10 ** (at % 9)))
  const many = Array.from({ length: 10_000 }, (_, n) => sample({ labels: `queue="größe ${n}"`, count: n, counts }))
  let [turns, running] = [0, true]
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const text = new Exposition('prometheus')
  await text.family(family!, many)
  const whole = new TextDecoder().decode(await text.end())
  running = false
  assert.ok(turns >= 3, String(turns))
  const blocks = whole.split('\n').slice(2, -1)
  assert.equal(blocks.length, 10_000 * 17)
  for (const n of [0, 1, 777, 9_999]) {
    const alone = (await written([took], [many[n]!])).split('\n').slice(2, -1)
    assert.deepEqual(blocks.slice(17 * n, 17 * (n + 1)), alone)
    let below = 0
    for (const [at, line] of alone.slice(0, 14).entries()) {
      below += counts[at]!
      assert.equal(line.slice(line.lastIndexOf(' ') + 1), String(below))
    }
  }
})
