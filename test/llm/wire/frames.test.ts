import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameStream } from '../../../src/llm/wire/frames.ts'
import { event, frame } from './fixtures/aws.ts'

type Read = readonly (readonly [name: string, payload: string])[]

function read(bytes: Uint8Array, size: number): Read {
  const found: [string, string][] = []
  const parts: Uint8Array[] = []
  let name = ''
  const stream = new FrameStream({
    frame: (headers) => void (name = headers.get(':event-type') ?? ''),
    part: (from, start, end) => void parts.push(from.slice(start, end)),
    frameEnded: () => void found.push([name, Buffer.concat(parts.splice(0)).toString()]),
  })
  for (let at = 0; at < bytes.length; at += size) stream.feed(bytes.subarray(at, at + size))
  return found
}

test('frames are read in pieces of any size, also those without a payload', () => {
  const bytes = Buffer.concat([event('a', { x: 'é' }), frame({ ':event-type': 'b' }, ''), event('c', {})])
  for (let size = 1; size < bytes.length + 1; size++) {
    assert.deepEqual(read(bytes, size), [
      ['a', '{"x":"é"}'],
      ['b', ''],
      ['c', '{}'],
    ])
  }
})

test('headers of other types are passed over', () => {
  const plain = frame({ ':event-type': 'x' }, '{}')
  const types = Buffer.from([
    1, 65, 0, 1, 65, 2, 9, 1, 65, 4, 0, 0, 0, 1, 1, 65, 6, 0, 2, 1, 1, 1, 65, 8, 0, 0, 0, 0, 0, 0, 0, 0,
  ])
  const rest = plain.subarray(12, plain.length - 4)
  const built = frame({}, '')
  const head = Buffer.from(built.subarray(0, 12))
  head.writeUInt32BE(16 + types.length + rest.length, 0)
  head.writeUInt32BE(types.length + rest.length - 2, 4)
  assert.deepEqual(read(Buffer.concat([withSum(head), types, rest, Buffer.alloc(4)]), 5), [['x', '{}']])
})

function withSum(prelude: Buffer): Buffer {
  const total = prelude.readUInt32BE(0)
  const headers = prelude.readUInt32BE(4)
  // The helper knows how to sum: a frame of the same lengths has the same prelude.
  const same = frame({ a: 'x'.repeat(headers - 5) }, 'x'.repeat(total - headers - 16))
  return Buffer.from(same.subarray(0, 12))
}

test('after bytes that are no frame nothing is read any more', () => {
  const good = event('a', {})
  const wrongSum = Buffer.from(good)
  wrongSum[8]! ^= 1
  assert.deepEqual(read(Buffer.concat([good, wrongSum, good]), 9), [['a', '{}']])
  assert.deepEqual(read(Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n'), 4), [])
})

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 9 }),
      (bytes, size) => void read(bytes, size)
    )
  )
  const flips = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 })
  fc.assert(
    fc.property(flips, (all) => {
      const bytes = Buffer.concat([event('metadata', { usage: {} }), event('b', {})])
      for (const [at, byte] of all) bytes[at % bytes.length] = byte
      read(bytes, 3)
    })
  )
})
