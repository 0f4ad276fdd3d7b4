import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../src/errors.ts'
import { settleHealth } from '../../src/health/option.ts'

test('what is not said has a default', () => {
  assert.deepEqual(settleHealth(undefined, {}), {
    defaults: { interval: 10_000, timeout: 2_000, failAfter: 2, passAfter: 1 },
    manual: false,
    drainDelay: 0,
    readyWhileDraining: false,
    own: {
      storage: { age: 15_000, options: { failAfter: 2 } },
      eventLoop: { p99: 200, busy: undefined, options: { failAfter: 3 } },
      memory: { used: 0.9, options: { failAfter: 3 } },
      disk: { share: 0.1, bytes: 2e9, inodes: 0.05, path: undefined, options: { failAfter: 2 } },
    },
  })
})

test('each check of our own is turned off or tuned by itself', () => {
  const settled = settleHealth(
    {
      storage: false,
      eventLoop: { p99: '500ms', busy: '98%', failAfter: 6 },
      memory: { used: '75.5%', interval: '1m', impact: 'info' },
      disk: { free: '3GB', inodes: '1 %', path: '/var/lib' },
    },
    {}
  )
  assert.deepEqual(settled !== false && settled.own, {
    storage: false,
    eventLoop: { p99: 500, busy: 0.98, options: { failAfter: 6 } },
    memory: { used: 0.755, options: { failAfter: 3, interval: '1m', impact: 'info' } },
    disk: { bytes: 3e9, inodes: 0.01, path: '/var/lib', options: { failAfter: 2 } },
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
  ['health', { loop: false }],
  ['health.readyWhileDraining', { readyWhileDraining: 'yes' }],
  ['health.storage', { storage: 'off' }],
  ['health.storage', { storage: { p99: '1s' } }],
  ['health.storage.age', { storage: { age: 15 } }],
  ['health.storage.impact', { storage: { impact: 'critical' } }],
  ['health.eventLoop', { eventLoop: [] }],
  ['health.eventLoop', { eventLoop: 200 }],
  ['health.eventLoop.p99', { eventLoop: { p99: 200 } }],
  ['health.eventLoop.busy', { eventLoop: { busy: 0.9 } }],
  ['health.eventLoop.failAfter', { eventLoop: { failAfter: 0 } }],
  ['health.memory.used', { memory: { used: 90 } }],
  ['health.memory.used', { memory: { used: '120%' } }],
  ['health.memory.used', { memory: { used: '0%' } }],
  ['health.memory.interval', { memory: { interval: '1ms' } }],
  ['health.disk.free', { disk: { free: 5 } }],
  ['health.disk.free', { disk: { free: '5' } }],
  ['health.disk.inodes', { disk: { inodes: '5GB' } }],
  ['health.disk.path', { disk: { path: '' } }],
]

for (const [option, value] of BAD) {
  test(`${JSON.stringify(value)} is refused by the name ${option}`, () => {
    assert.throws(
      () => settleHealth(value, {}),
      (error) => error instanceof MetricsError && error.code === 'bad_option' && error.parameter === option
    )
  })
}
