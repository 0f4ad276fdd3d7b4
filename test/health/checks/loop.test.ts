import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { CheckResult } from '../../../src/health/check.ts'
import { loopCheck, type LoopFigures, type LoopLimits } from '../../../src/health/checks/loop.ts'
import { Metrics } from '../../../src/index.ts'

function says(figures: LoopFigures, limits: Partial<LoopLimits> = {}): unknown {
  const { status, code, value } = loopCheck(() => figures, { p99: 200, busy: undefined, ...limits })(
    AbortSignal.timeout(1)
  ) as CheckResult
  return [status, code, value]
}

test('late timers are a warning; a busy loop only where that is asked for', () => {
  assert.deepEqual(says({ p99: 199.94, utilization: 1 }), ['pass', undefined, 199.9])
  assert.deepEqual(says({ p99: 200, utilization: 0.2 }), ['warn', 'loop_slow', 200])
  assert.deepEqual(says({ p99: 20, utilization: 0.99 }, { busy: 0.98 }), ['warn', 'loop_busy', 20])
  assert.deepEqual(says({ p99: null, utilization: null }), ['pass', undefined, undefined])
  assert.deepEqual(says({ p99: 300, utilization: null }, { busy: 0.98 }), ['warn', 'loop_slow', 300])
})

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a loop that is blocked again and again warns after three windows, and clears by itself; it stays alive', async (t) => {
  const server = createServer((_request, response) => response.end('x'))
  const health = { interval: '1s', eventLoop: { interval: '1s' } }
  const metrics = new Metrics(server, { storage: 'memory://', log: () => undefined, health })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  t.after(() => metrics.close())
  const row = () => metrics.health.report().checks.find(({ name }) => name === 'event loop')!
  const blocking = setInterval(() => block(400), 500)
  t.after(() => clearInterval(blocking))
  let worst = 0
  while (row().status !== 'warn') {
    worst = Math.max(worst, row().consecutive_failures)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.deepEqual([row().code, row().impact, row().consecutive_failures], ['loop_slow', 'degraded', 3])
  assert.ok(row().value! >= 200, `${row().value}`)
  const { port } = server.address() as AddressInfo
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200)
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, 200)
  clearInterval(blocking)
  while (row().status !== 'pass') await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(metrics.health.word('all'), 'pass')
})
