import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../bench/guard.ts'
import { added, type Launches, type Measured } from '../../bench/overhead.ts'

function measured(ours: Launches, peer: Launches): Measured {
  const bare = { inProcess: [10, 11, 90], cpu: [40, 41, 42], rate: [20_000, 21_000, 9_000] }
  return new Map([
    ['bare', bare],
    ['ours', ours],
    ['fastify-metrics', peer],
  ])
}

const slow: Launches = { inProcess: [19.8, 19, 60], cpu: [80, 81, 82], rate: [12_000, 13_000, 5_000] }

test('each launch is compared with the bare one beside it, and the middle one counts: a busy while is none of ours', () => {
  const all = measured({ inProcess: [11, 12, 400], cpu: [42, 43, 44], rate: [19_400, 20_370, 100] }, slow)
  assert.equal(added(all, 'ours').inProcess.median, 1)
  assert.equal(added(all, 'ours').cpu.median, 2)
  assert.ok(Math.abs(added(all, 'ours').rate.median - 97) < 1e-9)
  assert.equal(added(all, 'fastify-metrics').rate.median, 60)
})

test('two bare servers are one, by their mean, to all but the second one itself', () => {
  const all = measured(slow, slow)
  all.set('control', { inProcess: [12, 13, 92], cpu: [], rate: [] })
  assert.ok(Math.abs(added(all, 'ours').inProcess.median - 7) < 1e-9)
  assert.equal(added(all, 'ours').cpu.median, 40)
  assert.equal(added(all, 'control').inProcess.median, 2)
})

test('the guard holds when we keep 25 points more of the throughput than the peer', () => {
  const ours = { inProcess: [], cpu: [], rate: [19_400, 19_400, 8_700] }
  assert.deepEqual(judge(measured(ours, slow)), {
    line: 'throughput of bare: 37 points above fastify-metrics (25 wanted)',
    holds: true,
  })
})

test('the guard falls when our throughput comes near that of the peer, and one good launch does not save it', () => {
  const ours = { inProcess: [], cpu: [], rate: [15_000, 15_000, 9_000] }
  assert.equal(judge(measured(ours, { ...slow, rate: [13_000, 13_000, 5_000] })).holds, false)
  assert.equal(judge(measured(slow, slow)).holds, false)
})
