import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricText } from '../../src/core/labels.ts'
import { Dictionary, metricId } from '../../src/query/dictionary.ts'
import type { Name, StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'

test('who asks while names are read waits for all of them', async () => {
  const driver: StorageDriver = Object.create(memory(), {
    version: { value: undefined },
    names: {
      value: async function* (): AsyncGenerator<Name> {
        for (let n = 0; n < 20; n++) {
          await new Promise(setImmediate)
          const metric = { name: `m${n}`, kind: 'counter', unit: 'count', buckets: false }
          yield { id: metricId(metric.name), text: metricText(metric) }
        }
      },
    },
  }) as StorageDriver
  const dictionary = new Dictionary(driver)
  const first = dictionary.refresh(0)
  await new Promise(setImmediate)
  await dictionary.refresh(500)
  assert.equal(dictionary.metrics().length, 20)
  await first
})
