import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY, hashed, Keys, type Mesh } from '../../../src/llm/wire/keys.ts'
import { type Doc, Sieve } from '../../../src/llm/wire/sieve.ts'
import { bytesOf } from './world.ts'

const value: Mesh = { keep: 'value' }
const keys = (fields: Record<string, Mesh>): Mesh => ({ keys: new Keys(fields) })

function sift(mesh: Mesh, bytes: Uint8Array, size: number, limit?: number): { docs: Doc[]; rest: Doc | undefined } {
  const docs: Doc[] = []
  const sieve = new Sieve(mesh, (doc) => docs.push(doc), limit)
  for (let at = 0; at < bytes.length; at += size) sieve.feed(bytes.slice(at, at + size))
  return { docs, rest: sieve.reset() }
}

const NAMES = ['a', 'b', 'usage', 'size', 'other', 'q"\\\n', 'ключ']
const mesh = keys({
  a: value,
  b: keys({ a: value, usage: { keep: 'mark' }, b: { items: keys({ a: value, b: { items: value } }) } }),
  usage: { keep: 'count' },
  size: { keep: 'size' },
  rest: value,
})

/** What JSON.parse and then cutting would give. */
function pruned(from: unknown, by: Mesh): unknown {
  if (Array.isArray(from) && by.keep === 'count') return from.length
  if (Array.isArray(from) && by.items) {
    return from.map((item) => pruned(item, by.items!)).filter((item) => item !== undefined)
  }
  if (typeof from === 'object' && from !== null && !Array.isArray(from) && by.keys) {
    const kept = Object.entries(from).map(([key, each]) => {
      const below = by.keys!.find(hashOf(key), key.length)?.mesh
      return [key, below && pruned(each, below)] as const
    })
    return Object.fromEntries(kept.filter(([, each]) => each !== undefined))
  }
  if (by.keep === 'mark') return from === null || from === false ? undefined : true
  if (by.keep === 'size') return typeof from === 'string' ? Buffer.byteLength(JSON.stringify(from)) - 2 : undefined
  return by.keep === 'value' ? from : undefined
}

function hashOf(key: string): number {
  return bytesOf(JSON.stringify(key).slice(1, -1)).reduce((hash, byte) => hashed(hash, byte), EMPTY)
}

const json = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(null, true, false, 0, -1.5e300, '', '"', '\\', '\\"', '{"a":1}', ']', '🌍'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('any'), { maxKeys: 5 })
  ),
})).any
const object = fc.dictionary(fc.constantFrom(...NAMES), json)

test('what a sieve keeps is what parsing and cutting would keep, in pieces of any size', () => {
  fc.assert(
    fc.property(object, fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, 1, 3), (from, size, indent) => {
      const bytes = bytesOf(JSON.stringify(from, null, indent))
      // A negative zero is 0 in JSON.
      const { docs } = sift(mesh, bytes, size)
      assert.deepEqual(docs, [pruned(JSON.parse(JSON.stringify(from)), mesh)])
    }),
    { numRuns: 1000 }
  )
})

test('documents follow each other by lines, in a list, or with nothing between them', () => {
  const docs = [{ a: 1 }, { a: [2, { b: '}' }] }, {}]
  const texts = docs.map((doc) => JSON.stringify(doc))
  for (const text of [texts.join('\n'), `[${texts.join(',\r\n')}]`, texts.join('')]) {
    for (const size of [1, 2, 1000]) assert.deepEqual(sift(mesh, bytesOf(text), size).docs, docs)
  }
})

test('what is no JSON is passed over, and what came before it of a document is given by reset', () => {
  assert.deepEqual(sift(mesh, bytesOf('<html>{"a":1}'), 3), { docs: [], rest: undefined })
  assert.deepEqual(sift(mesh, bytesOf('{"a":1,"b":{"a":2,"usage":x'), 3).rest, { a: 1, b: { a: 2, usage: true } })
  assert.deepEqual(sift(mesh, bytesOf('{"a":1,b:2}'), 3), { docs: [], rest: { a: 1 } })
  assert.deepEqual(sift(mesh, bytesOf('{"a" 1}'), 3), { docs: [], rest: {} })
  assert.deepEqual(sift(mesh, bytesOf('{"a":tru'), 3), { docs: [], rest: {} })
  assert.deepEqual(sift(mesh, bytesOf('{"a":nonsense,"b":{"a":2}}'), 3).docs, [{ b: { a: 2 } }])
})

test('after a reset a sieve is as new', () => {
  const docs: Doc[] = []
  const sieve = new Sieve(mesh, (doc) => docs.push(doc))
  for (const text of ['{"a":"\\', 'nonsense', '{"a":{"x":[', '{"b":{"b":[{', '{"a":7}']) {
    sieve.reset()
    sieve.feed(bytesOf(text))
  }
  assert.deepEqual(docs, [{ a: 7 }])
})

test('a kept value that is too large is left out, and the rest is kept', () => {
  const text = `{"a":"${'x'.repeat(1000)}","rest":[1]}`
  assert.deepEqual(sift(mesh, bytesOf(text), 100, 500).docs, [{ rest: [1] }])
})

test('no bytes make it throw, and none are held for long', () => {
  const signs = fc.constantFrom(...'{}[]",:\\ \nabtrunfls019-.eé'.split(''))
  fc.assert(
    fc.property(fc.array(signs, { maxLength: 300 }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      sift(mesh, bytesOf(text.join('')), size)
    }),
    { numRuns: 2000 }
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void sift(mesh, bytes, 7)))
})

test('a list of more items than anybody needs is cut', () => {
  const { docs } = sift(keys({ a: { items: value } }), bytesOf(`{"a":[${'1,'.repeat(9999)}1]}`), 1000)
  assert.equal((docs[0]!['a'] as unknown[]).length, 4096)
})
