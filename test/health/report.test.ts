import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from './world.ts'

test('a report has a flat row for each check, and says nothing of addresses', async (t) => {
  const world = await new World(t).with({
    database: () => {
      throw Object.assign(new Error('connect ECONNREFUSED db-7.internal postgres://u:p@h/db'), { code: 'ECONNREFUSED' })
    },
    disk: [() => ({ status: 'pass', value: 41.5, unit: 'percent' }), { impact: 'degraded' }],
  })
  const at = new Date(world.clock.now()).toISOString()
  assert.deepEqual(world.health.report(), {
    status: 'fail',
    state: 'notReady',
    since: at,
    live: true,
    started: true,
    checks: [
      {
        id: 'database',
        name: 'database',
        status: 'fail',
        code: 'ECONNREFUSED',
        impact: 'critical',
        duration_ms: 0,
        checked_at: at,
        since: at,
        consecutive_failures: 1,
        consecutive_passes: 0,
        value: null,
        unit: null,
      },
      {
        id: 'disk',
        name: 'disk',
        status: 'pass',
        code: null,
        impact: 'degraded',
        duration_ms: 0,
        checked_at: at,
        since: at,
        consecutive_failures: 0,
        consecutive_passes: 1,
        value: 41.5,
        unit: 'percent',
      },
    ],
  })
})

test('the draft has an array for each check, and output only where something is wrong', async (t) => {
  const world = await new World(t).with({
    'shop:database': () => false,
    disk: [() => ({ status: 'pass', value: 41.5, unit: 'percent' }), { impact: 'degraded' }],
    constructor: () => true,
  })
  world.health.check('pending', () => new Promise(() => undefined), { impact: 'info' })
  const time = new Date(world.clock.now()).toISOString()
  assert.deepEqual(JSON.parse(JSON.stringify(world.health.draft('all'))), {
    status: 'fail',
    releaseId: '1.2.3',
    serviceId: 'host:1',
    output: 'notReady',
    checks: {
      'shop.database:responseTime': [
        {
          componentId: 'shop:database',
          componentType: 'component',
          status: 'fail',
          time,
          observedValue: 0,
          observedUnit: 'ms',
          output: 'false',
        },
      ],
      'disk:utilization': [
        {
          componentId: 'disk',
          componentType: 'component',
          status: 'pass',
          time,
          observedValue: 41.5,
          observedUnit: 'percent',
        },
      ],
      'constructor:responseTime': [
        {
          componentId: 'constructor',
          componentType: 'component',
          status: 'pass',
          time,
          observedValue: 0,
          observedUnit: 'ms',
        },
      ],
    },
  })
  assert.equal(world.health.draft('live')['status'], 'pass')
})
