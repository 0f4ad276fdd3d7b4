import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { batch, box, bytes, START } from '../../src/storage/cases/ground.ts'
import type { Box } from '../../src/storage/driver.ts'
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

  test('a large box is kept as it was when it was put', async () => {
    const driver = memory()
    await driver.open()
    const given = box(START, { detail: bytes(1_000_000) })
    await driver.put(batch({ boxes: [given, box(START, { writer: 'w2' })] }))
    given.detail.fill(0)
    const kept: Box[] = []
    const all = { tier: '1m', which: 'open', from: 0, to: Infinity, detail: true } as const
    for await (const one of driver.boxes(all)) kept.push(one)
    assert.deepEqual(
      kept.map(({ detail }) => detail),
      [bytes(1_000_000), bytes(0)]
    )
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
