import assert from 'node:assert/strict'
import { test } from 'node:test'
import { looksLikeOptions, settle } from '../src/config.ts'
import { MetricsError } from '../src/errors.ts'

test('without options everything has its default', () => {
  const settings = settle({}, {})
  assert.equal(settings.storage, 'sqlite://metrics.db')
  assert.equal(settings.events, 24 * 3_600_000)
  assert.equal(settings.kept['15m'], 35 * 86_400_000)
  assert.equal(settings.maxSize, 256e6)
  assert.equal(settings.path, '/metrics')
  assert.equal(settings.timezone, 'UTC')
  assert.equal(settings.production, false)
  assert.equal(settings.flushEvery, 1000)
  assert.ok(Object.isFrozen(settings))
})

test('options beat the environment, the environment beats defaults', () => {
  const environment = {
    METRICS_STORAGE: 'memory://',
    METRICS_KEY: 'k',
    METRICS_TIMEZONE: 'Asia/Kathmandu',
    METRICS_RETENTION: '2h',
    NODE_ENV: 'production',
    METRICS_INSTANCE: 'web-1',
    GIT_COMMIT: 'abc',
  }
  const settings = settle({ timezone: 'Europe/Berlin' }, environment)
  assert.equal(settings.storage, 'memory://')
  assert.equal(settings.keys, 'k')
  assert.equal(settings.timezone, 'Europe/Berlin')
  assert.equal(settings.events, 7_200_000)
  assert.equal(settings.production, true)
  assert.equal(settings.instance, 'web-1')
  assert.equal(settings.release, 'abc')
})

test('a variable of the environment that is empty says nothing', () => {
  const names = ['STORAGE', 'RETENTION', 'KEY', 'TIMEZONE', 'INSTANCE', 'RELEASE']
  const empty = settle({}, Object.fromEntries(names.map((name) => [`METRICS_${name}`, ''])))
  assert.deepEqual({ ...empty, log: 0 }, { ...settle({}, {}), log: 0 })
})

test('the zone keeps the name that it was given', () => {
  assert.equal(settle({ timezone: 'Asia/Kolkata' }, {}).timezone, 'Asia/Kolkata')
  assert.equal(settle({ timezone: 'europe/berlin' }, {}).timezone, 'Europe/Berlin')
})

test('options that are nothing are no options', () => {
  assert.equal(settle(null as never, {}).path, '/metrics')
  assert.throws(() => settle('memory://' as never, {}), { code: 'bad_option', parameter: 'options' })
})

test('what is too short is told how long it must be', () => {
  assert.throws(() => settle({ retention: '1s' }, {}), { hint: "Give at least '1m'." })
  assert.throws(() => settle({ retention: { '15m': '1m' } }, {}), { hint: "Give at least '1h'." })
  assert.throws(() => settle({ flushEvery: '1ms' }, {}), { hint: "Give at least '10ms'." })
})

test('retention takes an age for each tier', () => {
  const { kept, events } = settle({ retention: { events: '6h', '1m': '3h', '1d': '5y' } }, {})
  assert.deepEqual(
    [events, kept['1m'], kept['1d'], kept['1h']],
    [6 * 3_600_000, 3 * 3_600_000, 5 * 365 * 86_400_000, 400 * 86_400_000]
  )
})

const BAD: readonly (readonly [option: string, options: Record<string, unknown>])[] = [
  ['storge', { storge: 'memory://' }],
  ['retention', { retention: '24 hours' }],
  ['retention', { retention: 5 }],
  ['retention', { retention: { weekly: '1d' } }],
  ['retention.1m', { retention: { '1m': 'x' } }],
  ['maxSize', { maxSize: '256' }],
  ['maxSize', { maxSize: 256 }],
  ['maxSize', { maxSize: '1KB' }],
  ['flushEvery', { flushEvery: 1000 }],
  ['flushEvery', { flushEvery: '0s' }],
  ['flushEvery', { flushEvery: '30d' }],
  ['system.every', { system: { every: '30d' } }],
  ['retention', { retention: new Map([['1m', '3h']]) }],
  ['path', { path: '/a/../b' }],
  ['path', { path: '/.' }],
  ['labels', { labels: 5 }],
  ['labels', { labels: new Map([['env', 'x']]) }],
  ['labels', { labels: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`l${at}`, 'x'])) }],
  ['slow', { slow: 'soon' }],
  ['sample', { sample: 0 }],
  ['sample', { sample: 1.5 }],
  ['sample', { sample: '1' }],
  ['maxSeries', { maxSeries: 0 }],
  ['maxSeriesPerMetric', { maxSeriesPerMetric: 1.5 }],
  ['path', { path: 'metrics' }],
  ['path', { path: '/' }],
  ['path', { path: true }],
  ['healthPath', { healthPath: '/a b' }],
  ['timezone', { timezone: 'Mars/Olympus' }],
  ['timezone', { timezone: 5 }],
  ['healthPath', { path: '/x', healthPath: '/x' }],
  ['healthPath', { healthPath: '/metrics' }],
  ['release', { release: 5 }],
  ['redact', { redact: 'no' }],
  ['labels', { labels: { 'not-a-key': 'x' } }],
  ['labels.env', { labels: { env: 5 } }],
  ['instance', { instance: '' }],
  ['ignore', { ignore: '/internal' }],
  ['ignore', { ignore: [5] }],
  ['route', { route: '/x' }],
  ['log', { log: console }],
  ['alerts', { alerts: 'on' }],
  ['alerts', { alerts: { notifier: {} } }],
  ['dashboard', { dashboard: {} }],
  ['llm', { llm: 'on' }],
  ['llm', { llm: [] }],
  ['llm.model', { llm: { model: 'gpt' } }],
  ['llm.prices', { llm: { prices: 'cheap' } }],
  ['llm.paidApis', { llm: { paidApis: { match: 'api.example.com', usd: 1 } } }],
  ['llm.paidApis[0]', { llm: { paidApis: ['api.example.com'] } }],
  [
    'llm.paidApis[1].match',
    {
      llm: {
        paidApis: [
          { match: /x/, usd: 0 },
          { match: '', usd: 1 },
        ],
      },
    },
  ],
  ['llm.paidApis[0].usd', { llm: { paidApis: [{ match: 'api.example.com', usd: -1 }] } }],
  ['llm.paidApis[0].usd', { llm: { paidApis: [{ match: 'api.example.com', usd: NaN }] } }],
  ['llm.paidApis[0].name', { llm: { paidApis: [{ match: 'api.example.com', usd: 1, name: '' }] } }],
  ['llm.hosts', { llm: { hosts: { 'https://llm.internal/': 'openai' } } }],
  ["llm.hosts['llm.internal']", { llm: { hosts: { 'llm.internal': 5 } } }],
]

for (const [option, options] of BAD) {
  test(`${JSON.stringify(options)} is refused: the error names the option, the value and the fix`, () => {
    assert.throws(
      () => settle(options, {}),
      (error) => {
        assert.ok(error instanceof MetricsError)
        assert.equal(error.code, 'bad_option')
        assert.equal(error.parameter, option)
        assert.ok(error.hint !== undefined && error.hint.length > 10)
        assert.ok(error.message.includes(`\`${option}\``) && error.message.includes(error.hint))
        return true
      }
    )
  })
}

test('a lone plain object of options is told from an app', () => {
  assert.ok(looksLikeOptions({ storage: 'memory://' }))
  const shy = new Proxy({}, { getPrototypeOf: () => assert.fail() })
  assert.equal(looksLikeOptions(shy), false)
  assert.ok(looksLikeOptions({ storage: 'memory://', retension: '7d' }), 'one of them is misspelt')
  for (const app of [undefined, null, {}, { listen() {} }, { storage: 'x', use() {} }, () => 1, new Map()])
    assert.ok(!looksLikeOptions(app))
})

test('an option that is something quite else is refused too, whatever it is', () => {
  const round: Record<string, unknown> = {}
  round['round'] = round
  const strange = [round, Object.create(null), { toJSON: () => assert.fail() }, { toString: () => assert.fail() }, 5n]
  for (const option of [
    'maxSize',
    'path',
    'timezone',
    'instance',
    'ignore',
    'slow',
    'sample',
    'maxSeries',
    'flushEvery',
  ]) {
    for (const value of [...strange, Symbol('x')]) {
      assert.throws(() => settle({ [option]: value }, {}), { code: 'bad_option', parameter: option })
    }
  }
})

test('constant labels are well-formed text', () => {
  assert.deepEqual(settle({ labels: { env: '\ud800' } }, {}).labels, { env: '\ufffd' })
})
