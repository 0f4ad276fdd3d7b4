import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { answer } from '../../src/api/answer.ts'
import type { KeptEvent } from '../../src/core/event.ts'
import type { Reader } from '../../src/query/query.ts'
import type { EventSelector } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import { inUse } from '../garbage.ts'
import { apiWith, asking } from './asked.ts'
import { Seed } from './seed.ts'

/** A store that holds any number of events without holding one. */
async function endless(count: number): Promise<{ reader: Reader; read: () => number }> {
  let read = 0
  const events = async function* ({ beforeId = count + 1 }: EventSelector): AsyncGenerator<KeptEvent> {
    for (let id = beforeId - 1; id > 0; id--) {
      read++
      yield {
        id,
        writer: 'w',
        number: id,
        kind: 'track',
        time: id,
        name: 'clicks',
        value: id,
        weight: 1,
        labels: { page: `/${id % 9}` },
        fields: {},
      }
    }
  }
  const inside = memory()
  await inside.open()
  const through = new Proxy(inside, {
    get: (target, key) => (key === 'events' ? events : (Reflect.get(target, key) as () => unknown).bind(target)),
  })
  return { reader: new Seed(through).reader(), read: () => read }
}

test('S16 half a million events go out in little memory, and nothing is read once the client has left', async () => {
  const { reader, read } = await endless(500_000)
  const { api } = apiWith({ answer: (ask) => answer(ask, reader) })
  const response = await api.respond(asking('/metrics/export?kind=track&format=csv'))
  assert.equal(response.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  const pieces = response.body as AsyncIterable<Uint8Array>
  let [bytes, most, count] = [0, 0, 0]
  const before = inUse()
  for await (const piece of pieces) {
    bytes += piece.length
    assert.ok(piece.length < 2_000_000)
    if (++count % 10 !== 0) continue
    most = Math.max(most, inUse() - before)
    if (count === 80) break
  }
  assert.ok(bytes > 10_000_000, `${bytes} bytes`)
  assert.ok(most < 20_000_000, `${most} bytes more`)
  const after = read()
  assert.ok(after <= 80 * 5_001, `${after} read`)
  await turn()
  assert.equal(read(), after)
})
