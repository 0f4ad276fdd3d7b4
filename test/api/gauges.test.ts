import assert from 'node:assert/strict'
import { test } from 'node:test'
import { current, summed } from '../../src/api/gauges.ts'
import type { Tally } from '../../src/api/tallies.ts'
import { LabelTexts } from '../../src/api/texts.ts'
import { halves, hash } from '../../src/core/ids.ts'
import { canonical, labelsText, type Labels } from '../../src/core/labels.ts'
import { Point } from '../../src/core/point.ts'
import { MINUTE, SECOND } from '../../src/core/time.ts'
import { Dictionary } from '../../src/query/dictionary.ts'
import { memory } from '../../src/storage/memory.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 30)

interface Given {
  readonly labels: Labels
  readonly last: number
  readonly ago: number
}

async function tallies(given: readonly Given[], without?: string) {
  const driver = memory()
  await driver.open()
  const ids = given.map(({ labels }) => hash(labelsText(labels)))
  const names = given.map(({ labels }, i) => ({ id: ids[i]!, text: `{"labels":${canonical(labels)}}` }))
  await driver.put({ boxes: [], names, events: [], time: NOW })
  const texts = new LabelTexts(without)
  await texts.learn(Uint32Array.from(ids.flatMap((id) => [...halves(id)])), new Dictionary(driver))
  const all = given.map(({ last, ago }, i): Tally => {
    const [hi, lo] = halves(ids[i]!)
    const point = new Point()
    point.observe(last, NOW - ago)
    return { hi, lo, point, counts: undefined }
  })
  return { all, texts }
}

const POOLS: readonly Given[] = [
  { labels: { instance: 'a', pool: 'x' }, last: 3, ago: 5 * SECOND },
  { labels: { instance: 'b', pool: 'x' }, last: 4, ago: 9 * SECOND },
  { labels: { instance: 'b', pool: 'y' }, last: 2, ago: 80 * SECOND },
  { labels: { instance: 'gone', pool: 'x' }, last: 100, ago: 2 * MINUTE },
  { labels: { instance: 'old', pool: 'z' }, last: 100, ago: 6 * MINUTE },
]

test('instances that are alive add up to one sample; those that have gone leave it', async () => {
  const { all, texts } = await tallies(POOLS, 'instance')
  assert.deepEqual(
    [...summed(all, texts, NOW)].flatMap((sample) => (sample === undefined ? [] : [[sample.labels, sample.last]])),
    [
      ['pool="x"', 7],
      ['pool="y"', 2],
    ]
  )
})

test('a gauge that nobody has read for five minutes is not exposed', async () => {
  const { all, texts } = await tallies(POOLS)
  const lasts = [...current(all, texts, NOW)].map(({ last }) => last)
  assert.deepEqual(lasts, [3, 4, 2, 100])
})
