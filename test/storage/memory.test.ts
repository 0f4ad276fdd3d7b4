import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testDriver } from '../../src/storage/conformance.ts'
import { MemoryStore, memory } from '../../src/storage/memory.ts'

describe('memory', () => {
  testDriver(test, () => {
    const store = new MemoryStore()
    return { connect: () => memory({ store }) }
  })

  test('two drivers that share no store see nothing of each other', async () => {
    const one = memory()
    const two = memory()
    await one.open()
    await two.open()
    await one.swap('key', undefined, 'value')
    assert.equal(await two.get('key'), undefined)
  })

  test('of more ids than there is room for the oldest are forgotten', async () => {
    const driver = memory()
    await driver.open()
    const ids = Array.from({ length: 100_001 }, (_, index) => `${index}`)
    await driver.claim(ids, 'w', 0)
    assert.deepEqual(await driver.claim(['0', '2', '100000'], 'v', 0), [true, false, false])
    assert.equal((await driver.size()).claims, 100_000)
  })
})
