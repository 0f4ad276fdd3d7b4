import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleAlerts } from '../../src/alerts/option.ts'
import { READY } from '../../src/alerts/ready.ts'
import type { Rule, RuleOptions } from '../../src/alerts/rule.ts'
import { settleRule } from '../../src/alerts/settle.ts'
import { settle } from '../../src/config.ts'
import { MetricsError } from '../../src/errors.ts'

const by = { timezone: 'UTC', notifiers: ['ops', 'me'] }
const of = (given: string | RuleOptions): Rule => settleRule(given, by)

test('a line says what the parts say', () => {
  const line = of({
    name: 'a',
    when: 'p95(http_latency_ms{endpoint=/pay, method=!GET}) >= 800.5 over 10m for 2m by endpoint,method',
  })
  const parts = of({
    name: 'a',
    metric: 'http_latency_ms',
    aggregate: 'p95',
    filter: { endpoint: '/pay', method: '!GET' },
    op: '>=',
    threshold: 800.5,
    window: '10m',
    for: '2m',
    groupBy: ['endpoint', 'method'],
  })
  assert.deepEqual({ ...line, where: { ...line.where } }, parts)
  assert.equal(
    line.text,
    'p95(http_latency_ms{endpoint=/pay, method=!GET}) >= 800.5 over 10m for 2m by endpoint, method'
  )
})

test('lines are read with and without spaces and units', () => {
  for (const line of ['http_error_rate>5', 'http_error_rate > 5 %', ' http_error_rate  >  5% over 5m ']) {
    const { condition, window, minSamples } = of({ name: 'a', when: line })
    assert.deepEqual(condition, { kind: 'threshold', op: '>', threshold: 5, resolve: null }, line)
    assert.deepEqual([window, minSamples], [300_000, 20])
  }
  assert.deepEqual(of('orders == -1.5 over 1h').condition, {
    kind: 'threshold',
    op: '==',
    threshold: -1.5,
    resolve: null,
  })
  assert.deepEqual(of('orders = 0 over 1h').condition, { kind: 'threshold', op: '==', threshold: 0, resolve: null })
  assert.deepEqual(of('orders absent over 1h').condition, { kind: 'absent' })
  assert.equal(of('failed / jobs > 1% over 1h').dividedBy, 'jobs')
  const change = of('orders drops 50% over 1h against last week').condition
  assert.deepEqual(change, { kind: 'change', percent: -50, against: 'week', deviations: 3 })
  assert.deepEqual(of('sum(orders) rises by 200 over 1h vs previous').condition, {
    kind: 'change',
    percent: 200,
    against: 'previous',
    deviations: 3,
  })
})

test('a rule without more says what it does', () => {
  const { name, text, repeatEvery, severity, notify, keepFiring, noData, minSamples } = of('orders < 5 over 1h')
  assert.equal(name, 'orders < 5 over 1h')
  assert.equal(text, 'orders < 5 over 1h')
  assert.deepEqual(
    { repeatEvery, severity, notify, keepFiring, minSamples, policy: noData.policy },
    {
      repeatEvery: 14_400_000,
      severity: 'warning',
      notify: ['ops', 'me'],
      keepFiring: 0,
      minSamples: 0,
      policy: 'keep',
    }
  )
})

test('ready-made rules go by their name, and can be told otherwise', () => {
  for (const name of ['errors', 'latency', 'down', 'no-traffic', 'disk', 'memory', 'llm-budget']) {
    assert.ok(READY.has(name))
    assert.equal(of(name).name, name)
  }
  const { condition, severity, for: held } = of({ use: 'errors', threshold: 1, severity: 'info', for: '0s' })
  assert.deepEqual(
    [condition, severity, held],
    [{ kind: 'threshold', op: '>', threshold: 1, resolve: null }, 'info', 0]
  )
  assert.equal(of({ use: 'llm-budget', name: 'month', budget: { usd: 5, per: 'month' } }).text, '5 USD per month')
})

const wrong: readonly (readonly [field: string, rule: unknown, more?: RegExp])[] = [
  ['metric', { metric: 'http_eror_rate', op: '>', threshold: 5 }, /Did you mean http_error_rate\?/],
  ['metric', { when: 'http_eror_rate > 5 over 5m' }, /Did you mean http_error_rate\?/],
  ['metric', { metric: 'llm_costs', op: '>', threshold: 5 }],
  ['metric', { metric: 'memory_percnt', op: '>', threshold: 5 }, /memory_percent/],
  ['metric', { metric: 'a b', op: '>', threshold: 5 }],
  ['metric', { op: '>', threshold: 5 }],
  ['dividedBy', { metric: 'failed', dividedBy: 'http_request', op: '>', threshold: 1 }, /http_requests/],
  ['op', { metric: 'orders', op: '=>', threshold: 5 }],
  ['op', { metric: 'orders', threshold: 5 }],
  ['threshold', { metric: 'orders', op: '>', threshold: '5' }],
  ['threshold', { metric: 'orders', op: '>', threshold: NaN }],
  ['for', { when: 'orders > 5 over 5m', for: '5 minuts' }],
  ['for', { when: 'orders > 5 over 5m for 5minuts' }],
  ['for', { when: 'orders > 5 over 5m', for: 300 }],
  ['window', { when: 'orders > 5 over 10s' }],
  ['window', { when: 'orders > 5 over soon' }],
  ['when', { when: 'orders => 5 over 5m' }],
  ['when', { when: 'orders ~ 5' }],
  ['when', { when: 'orders > many' }],
  ['when', { when: 'p95(orders > 5' }],
  ['when', { when: 'orders{plan} > 5' }],
  ['when', { when: 'orders > 5 against last week' }],
  ['when', { when: 'orders drops 5% against christmas' }],
  ['when', { when: '' }],
  ['when', { when: 5 }],
  ['when', { metric: 'orders' }],
  ['aggregate', { when: 'p96(http_latency_ms) > 5' }],
  ['aggregate', { when: 'p95(http_requests) > 5' }, /needs a histogram/],
  ['aggregate', { when: 'sum(http_error_rate) > 5' }],
  ['aggregate', { metric: 'failed', dividedBy: 'jobs', aggregate: 'avg', op: '>', threshold: 1 }],
  ['resolve', { when: 'orders > 5', resolve: 6 }],
  ['resolve', { when: 'orders < 5', resolve: 4 }],
  ['keepFiring', { when: 'orders > 5', keepFiring: 'long' }],
  ['minSamples', { when: 'orders > 5', minSamples: '20' }],
  ['noData', { when: 'orders > 5', noData: 'panic' }],
  ['noData', { when: 'orders > 5', noData: { alert: 'soon' } }],
  ['noData', { when: 'orders > 5', noData: 'alert(soon)' }],
  ['repeatEvery', { when: 'orders > 5', repeatEvery: 'never' }],
  ['severity', { when: 'orders > 5', severity: 'high' }],
  ['labels', { when: 'orders > 5', labels: { team: 5 } }],
  ['groupBy', { when: 'orders > 5', groupBy: ['a', 'b', 'c', 'd'] }],
  ['groupBy', { when: 'orders > 5', groupBy: 'a-b' }],
  ['filter', { when: 'orders > 5', filter: { 'a-b': 'c' } }],
  ['notify', { when: 'orders > 5', notify: ['nobody'] }],
  ['use', { use: 'everything' }],
  ['mute', { when: 'orders > 5', mute: { from: '22:00' } }],
  ['mute', { when: 'orders > 5', mute: {} }],
  ['mute: from', { when: 'orders > 5', mute: { from: '25:00', to: '26:00' } }],
  ['mute: days', { when: 'orders > 5', mute: { days: 'someday' } }],
  ['mute: tz', { when: 'orders > 5', mute: { days: 'sat', tz: 'Europe/Atlantis' } }],
  ['budget: usd', { budget: { usd: 0, per: 'day' } }],
  ['budget: per', { budget: { usd: 5, per: 'week' } }],
  ['budget: at', { budget: { usd: 5, per: 'day', at: [50] } }],
  ['budget: tz', { budget: { usd: 5, per: 'day', tz: 'Nowhere' } }],
  ['metric', { metric: 'orders', budget: { usd: 5, per: 'day' } }],
  ['change', { metric: 'orders', change: { drops: 5, rises: 5 } }],
  ['change', { metric: 'orders', change: { drops: 101 } }],
  ['change', { when: 'orders > 5', absent: true, change: { drops: 10 } }],
]

for (const [field, rule, more] of wrong) {
  test(`${JSON.stringify(rule)} throws at start, naming rule and field`, () => {
    const given = { name: 'mine', ...(rule as object) }
    assert.throws(
      () => settle({ alerts: { rules: [given], notifiers: { ops: () => undefined } } }, {}),
      (error) => {
        assert.ok(error instanceof MetricsError)
        assert.equal(error.code, 'bad_option')
        assert.equal(error.parameter, `rule 'mine': ${field}`)
        assert.ok(error.message.startsWith(`rule 'mine': ${field} `), error.message)
        assert.ok(error.hint !== undefined && error.hint.length > 5)
        if (more !== undefined) assert.match(error.message, more)
        return true
      }
    )
  })
}

test('a metric of the app need not have been recorded yet', () => {
  for (const metric of ['orders', 'requests', 'cpu_temperature', 'disk_writes', 'errors', 'nope']) {
    assert.equal(of({ name: 'a', metric, op: '>', threshold: 1 }).metric, metric)
  }
})

test('what is no rule, and what there is twice, is refused', () => {
  for (const [options, parameter] of [
    [{ rules: 'errors' }, 'alerts.rules'],
    [{ rules: [5] }, 'alerts.rules'],
    [{ rules: [{ when: 'orders > 5' }] }, 'alerts.rules: name'],
    [{ rules: [{ name: 'a', when: 'orders > 5', unless: 'x' }] }, 'alerts.rules'],
    [{ rules: ['errors', 'errors'] }, "rule 'errors': name"],
    [{ every: '1ms' }, 'alerts.every'],
    [{ notifiers: [] }, 'alerts.notifiers'],
    [{ notifiers: { ops: {} } }, 'alerts.notifiers.ops'],
    [{ notifiers: { ops: undefined } }, 'alerts.notifiers.ops'],
    [{ notifiers: { ops: { webhook: 'x', slack: 'y' } } }, 'alerts.notifiers.ops'],
    [{ notifiers: { ops: { webhook: undefined } } }, 'alerts.notifiers.ops: webhook'],
    [{ notifiers: { ops: { webhook: 'ftp://s3cret' } } }, 'alerts.notifiers.ops: webhook'],
    [{ notifiers: { ops: { webhook: 'https://h', secret: 's3cret' } } }, 'alerts.notifiers.ops: secret'],
    [{ notifiers: { ops: { webhook: 'https://h', headers: { 'a b': 'c' } } } }, 'alerts.notifiers.ops: headers'],
    [{ notifiers: { ops: { telegram: { token: 's3cret', chat: 1 } } } }, 'alerts.notifiers.ops: token'],
    [{ notifiers: { ops: { telegram: { token: '1:a', chat: 's3cret' } } } }, 'alerts.notifiers.ops: chat'],
    [{ notifiers: { ops: { ntfy: 'https://ntfy.sh/' } } }, 'alerts.notifiers.ops: ntfy'],
    [{ notifiers: { ops: { email: { to: 'me', smtp: 'smtp://h' } } } }, 'alerts.notifiers.ops: to'],
    [{ notifiers: { ops: { email: { to: 'me@example.com', smtp: 's3cret' } } } }, 'alerts.notifiers.ops: smtp'],
    [{ notifiers: { ops: { slack: 'https://h', resolved: 'no' } } }, 'alerts.notifiers.ops: resolved'],
    [{ digest: { at: '24:00', notify: [] } }, 'alerts.digest: at'],
    [{ digest: {} }, 'alerts.digest: notify'],
    [{ digest: { notify: 'me' } }, 'alerts.digest: notify'],
    [{ url: 'metrics' }, 'alerts.url'],
  ] as const) {
    assert.throws(
      () => settleAlerts(options, 'UTC'),
      (error) => {
        assert.ok(error instanceof MetricsError)
        assert.equal(error.parameter, parameter, error.message)
        assert.doesNotMatch(error.message, /s3cret/)
        return true
      },
      JSON.stringify(options)
    )
  }
})

test('false watches nothing, true and nothing have no rules', () => {
  assert.equal(settleAlerts(false, 'UTC'), false)
  for (const given of [undefined, true, {}]) {
    const settled = settleAlerts(given, 'UTC')
    assert.ok(settled !== false && settled.rules.length === 0 && settled.every === 15_000)
  }
})
