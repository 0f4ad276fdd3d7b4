import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessUsage } from '../../src/collectors/process.ts'
import { fakeClock } from '../../src/testing.ts'

test('the share of a core is known after two samples, the memory at once', () => {
  const clock = fakeClock()
  const usage = new ProcessUsage(clock)
  assert.ok(usage.memoryMb > 10)
  usage.sample()
  assert.equal(usage.cpuPercent, null)
  clock.advance(1000)
  usage.sample()
  assert.ok(usage.cpuPercent !== null && usage.cpuPercent >= 0)
})
