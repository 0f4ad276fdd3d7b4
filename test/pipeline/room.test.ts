import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/core/event.ts'
import { Room } from '../../src/pipeline/room.ts'
import type { Batch, Size } from '../../src/storage/driver.ts'

const MAX = 10_000_000

function event(kind: string, text: string = ''): Event {
  return { writer: 'w', number: 1, kind, time: 0, name: 'n', value: 1, weight: 1, labels: {}, fields: { text } }
}

function batch(events: readonly Event[]): Batch {
  return { boxes: [], names: [], events, time: 42 }
}

function room(size: Partial<Size>) {
  const seen = { looks: 0, crowded: [] as number[], put: [] as Batch[] }
  const now: Size = { bytes: 0, fileBytes: 0, events: 0, ...size }
  const driver = {
    size: () => {
      seen.looks++
      return { ...now, ...size }
    },
  }
  const made = new Room({ driver, maxSize: MAX, crowded: (time) => void seen.crowded.push(time) })
  const put = async (kept: Batch): Promise<void> => void seen.put.push(kept)
  return { made, seen, put, size }
}

test('where there is room everything is put as it came, and the size is looked at once', async () => {
  const { made, seen, put } = room({ bytes: 1e6 })
  const one = batch([event('request')])
  for (let i = 0; i < 100; i++) await made.put(one, put)
  assert.equal(seen.looks, 1)
  assert.ok(seen.put.every((kept) => kept === one))
  assert.equal(made.refused, 0)
})

test('after a fiftieth of the limit it is looked again, and from nine tenths on room is asked for', async () => {
  const { made, seen, put } = room({ bytes: 9.2e6 })
  await made.put(batch([event('track', 'x'.repeat(250_000))]), put)
  await made.put(batch([event('track', 'x'.repeat(250_000))]), put)
  assert.equal(seen.looks, 2)
  assert.deepEqual(seen.crowded, [42, 42])
  assert.equal(made.shortage, undefined)
})

test('a full store takes no single events but the few that matter most; it says why and counts', async () => {
  const { made, seen, put } = room({ bytes: 9.8e6 })
  await made.put(batch([event('request'), event('deploy'), event('track'), event('alert')]), put)
  assert.deepEqual(
    seen.put[0]?.events.map(({ kind }) => kind),
    ['deploy', 'alert']
  )
  assert.equal(made.shortage, 'size')
  assert.equal(made.refused, 2)
  made.learn({ bytes: 1e6, fileBytes: 0, events: 0 })
  assert.equal(made.shortage, undefined)
})

test('a disk with less than 64 MB left takes no single events either', async () => {
  const { made, put } = room({ bytes: 0, freeBytes: 50e6 })
  await made.put(batch([event('request')]), put)
  assert.equal(made.shortage, 'disk')
  assert.equal(made.refused, 1)
})

test('what fails is put again, so what was left out is counted once', async () => {
  const { made } = room({ bytes: 9.9e6 })
  const failing = () => Promise.reject(new Error('gone'))
  await assert.rejects(made.put(batch([event('request')]), failing))
  assert.equal(made.refused, 0)
  await made.put(batch([event('request')]), () => Promise.resolve())
  assert.equal(made.refused, 1)
})
