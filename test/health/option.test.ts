import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../src/errors.ts'
import { settleHealth } from '../../src/health/option.ts'

test('what is not said has a default', () => {
  assert.deepEqual(settleHealth(undefined, {}), {
    defaults: { interval: 10_000, timeout: 2_000, failAfter: 2, passAfter: 1 },
    manual: false,
    drainDelay: 0,
  })
})

test('in Kubernetes requests still come for a while after the signal, so it serves on', () => {
  const settled = settleHealth({}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
  assert.equal(settled !== false && settled.drainDelay, 5_000)
  const said = settleHealth({ drainDelay: '0s' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
  assert.equal(said !== false && said.drainDelay, 0)
})

test('it is turned off whole', () => {
  assert.equal(settleHealth(false, {}), false)
  assert.deepEqual(settleHealth(true, {}), settleHealth({}, {}))
  const settled = settleHealth({ start: 'manual' }, {})
  assert.equal(settled !== false && settled.manual, true)
})

const BAD: readonly [option: string, value: unknown][] = [
  ['health', 5],
  ['health', null],
  ['health', { intervall: '1s' }],
  ['health.interval', { interval: '1ms' }],
  ['health.interval', { interval: 1000 }],
  ['health.timeout', { timeout: 'long' }],
  ['health.failAfter', { failAfter: 0 }],
  ['health.passAfter', { passAfter: '1' }],
  ['health.start', { start: 'later' }],
  ['health.drainDelay', { drainDelay: 5 }],
  ['health.drainDelay', { drainDelay: '6m' }],
  ['health', { eventLoop: false }],
]

for (const [option, value] of BAD) {
  test(`${JSON.stringify(value)} is refused by the name ${option}`, () => {
    assert.throws(
      () => settleHealth(value, {}),
      (error) => error instanceof MetricsError && error.code === 'bad_option' && error.parameter === option
    )
  })
}
