import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckResult } from '../../../src/health/check.ts'
import { storageCheck, type StorageFigures } from '../../../src/health/checks/storage.ts'
import { Metrics } from '../../../src/index.ts'
import { memory } from '../../../src/storage/memory.ts'

const CALM: StorageFigures = { mode: 'disk', problem: null, failures: 0, unkeptFor: 0, age: 800, dropped: 0 }

function says(...figures: Partial<StorageFigures>[]): unknown {
  const check = storageCheck(() => ({ ...CALM, ...figures.shift() }), 15_000)
  let last: unknown
  while (figures.length > 0) last = check(AbortSignal.timeout(1_000))
  const { status, code, value, unit } = last as CheckResult
  return [status, code, value, unit]
}

test('how long ago something was kept is told, and no flush yet is no trouble', () => {
  assert.deepEqual(says({}), ['pass', undefined, 0.8, 's'])
  assert.equal(storageCheck(() => ({ ...CALM, age: null }), 1)(AbortSignal.timeout(1)), true)
})

test('a store that fails, hangs, drops or is not the one that was asked for is a warning', () => {
  assert.deepEqual(says({ failures: 2, unkeptFor: 4_200 }), ['warn', 'flush_failing', 4.2, 's'])
  assert.deepEqual(says({ unkeptFor: 14_000 }), ['pass', undefined, 0.8, 's'])
  assert.deepEqual(says({ unkeptFor: 16_000 }), ['warn', 'flush_slow', 16, 's'])
  assert.deepEqual(says({ mode: 'memory-fallback', problem: 'no disk' }), [
    'warn',
    'memory_fallback',
    undefined,
    undefined,
  ])
  assert.deepEqual(says({ problem: 'old engine' }), ['pass', undefined, 0.8, 's'])
})

test('what was given up is told as long as it goes on', () => {
  assert.deepEqual(says({ dropped: 5 }, { dropped: 12 }), ['warn', 'dropping', 7, 'dropped'])
  assert.deepEqual(says({ dropped: 12 }, { dropped: 12 }), ['pass', undefined, 0.8, 's'])
})

async function until(metrics: Metrics, status: string): Promise<{ code: string | null; impact: string }> {
  for (;;) {
    const row = metrics.health.report().checks.find(({ name }) => name === 'storage')
    if (row?.status === status) return row
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a store that goes down and comes back: alive and ready all along, a warning while it lasts', async (t) => {
  const driver = memory()
  let isDown = false
  const put = driver.put.bind(driver)
  driver.put = async (batch) => {
    if (isDown) throw new Error('no route to redis://u:hunter2@db-7/0')
    await put(batch)
  }
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const metrics = new Metrics({ storage: driver, flushEvery: '20ms', log, health: { interval: '100ms' } })
  t.after(() => metrics.close())
  const again = setInterval(() => metrics.track('work'), 5)
  t.after(() => clearInterval(again))
  await until(metrics, 'pass')
  isDown = true
  const { code, impact } = await until(metrics, 'warn')
  assert.deepEqual([code, impact], ['flush_failing', 'degraded'])
  assert.deepEqual(
    (['live', 'ready', 'all'] as const).map((probe) => metrics.health.word(probe)),
    ['pass', 'warn', 'warn']
  )
  isDown = false
  await until(metrics, 'pass')
  assert.equal(metrics.health.word('ready'), 'pass')
  assert.doesNotMatch(JSON.stringify(metrics.health.report()) + lines.join('\n'), /hunter2/)
})

test('a store that never answers a put is seen too', async (t) => {
  const driver = memory()
  driver.put = () => new Promise(() => undefined)
  const health = { interval: '100ms', storage: { age: '1s', failAfter: 1 } }
  const metrics = new Metrics({ storage: driver, flushEvery: '20ms', log: () => undefined, health })
  t.after(() => void metrics.close())
  metrics.track('work')
  assert.equal((await until(metrics, 'warn')).code, 'flush_slow')
  assert.equal(metrics.health.word('ready'), 'warn')
})
