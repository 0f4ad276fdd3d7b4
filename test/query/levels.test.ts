import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE, SECOND } from '../../src/core/time.ts'
import { STORED } from '../../src/names.ts'
import type { Definition, Observation } from '../answers/world.ts'
import { ask, QUEUE, values } from './asking.ts'
import { NOW } from './shop.ts'

/** Three samples, ten seconds apart, the last one so long before now. */
function sampled(metric: Definition, labels: Record<string, string>, value: number, ago: number): Observation[] {
  return [0, 1, 2].map((i) => ({
    metric,
    labels,
    value: value + i - 2,
    at: NOW - SECOND - ago - (2 - i) * 10 * SECOND,
  }))
}

async function value(observations: readonly Observation[], params: string): Promise<unknown> {
  return values(await ask(params, observations))
}

test('the latest value of a gauge is the sum over the instances that are alive', async () => {
  const all = [
    ...sampled(QUEUE, { instance: 'a' }, 5, 0),
    ...sampled(QUEUE, { instance: 'b' }, 7, 5 * SECOND),
    ...sampled(QUEUE, { instance: 'dead' }, 100, 3 * MINUTE),
  ]
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last'), [12])
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last&group_by=instance&order=label'), [5, 7, 100])
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=max'), [100])
})

test('in each bucket those count that were alive at its end', async () => {
  const all = [
    ...sampled(QUEUE, { instance: 'a' }, 5, 0),
    ...sampled(QUEUE, { instance: 'a' }, 4, 5 * MINUTE),
    ...sampled(QUEUE, { instance: 'b' }, 100, 5 * MINUTE),
  ]
  const rows = await value(all, 'metric=queue_depth&from=10m&agg=last&group_by=5m')
  assert.deepEqual(rows, [104, 5])
})

test('other labels add up, however long ago each was set, as long as their instance lives', async () => {
  const all = [
    ...sampled(QUEUE, { instance: 'a', queue: 'mail' }, 5, 0),
    ...sampled(QUEUE, { instance: 'a', queue: 'push' }, 7, 8 * MINUTE),
    ...sampled(QUEUE, { instance: 'b', queue: 'mail' }, 1, 0),
  ]
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last'), [13])
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last&group_by=queue&order=label'), [6, 7])
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last&queue=mail'), [6])
})

test('a gauge without instances is the sum of its label sets', async () => {
  const all = [...sampled(QUEUE, { queue: 'mail' }, 5, 0), ...sampled(QUEUE, { queue: 'push' }, 7, 8 * MINUTE)]
  assert.deepEqual(await value(all, 'metric=queue_depth&from=10m&agg=last'), [12])
})

test('percentages are averaged, and what a machine has once is not added up', async () => {
  const cpu = STORED.cpu as Definition
  const uptime = STORED.uptime as Definition
  const all = [
    ...sampled(cpu, { instance: 'a' }, 20, 0),
    ...sampled(cpu, { instance: 'b' }, 40, 0),
    ...sampled(uptime, { instance: 'a' }, 300, 0),
    ...sampled(uptime, { instance: 'b' }, 100, 0),
  ]
  assert.deepEqual(await value(all, 'metric=cpu_percent&from=10m&agg=last'), [30])
  assert.deepEqual(await value(all, 'metric=uptime_seconds&from=10m&agg=last'), [300])
})

test('what is beyond the top is one level too, and so is the total', async () => {
  const all = ['a', 'b', 'c', 'd'].flatMap((instance, i) => sampled(QUEUE, { instance }, 10 * (i + 1), 0))
  const rows = await value(all, 'metric=queue_depth&from=10m&agg=last&group_by=instance&top=2')
  assert.deepEqual(rows, [40, 30, 30])
})
