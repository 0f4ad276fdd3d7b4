import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fixtures } from './fixtures/all.ts'
import { counted, type Fixture, wanted } from './fixtures/fixture.ts'
import { bytesOf } from './world.ts'

/** Pieces of those sizes, over and over; empty ones too. */
function cut(sizes: readonly number[]): (bytes: Uint8Array) => Uint8Array[] {
  return (bytes) => {
    const pieces: Uint8Array[] = []
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!
      pieces.push(bytes.subarray(at, at + size))
      at += size
    }
    return pieces
  }
}

/** Documents of megabytes are told in large pieces only. */
const small = fixtures.filter(({ told }) => bytesOf(told.answer).length < 50_000)

test('a call is the same when its answer comes byte by byte', () => {
  for (const fixture of small) assert.deepEqual(counted(fixture, cut([1])), wanted(fixture), fixture.name)
})

test('a call is the same however its answer is cut', () => {
  const sizes = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 })
    .filter((all) => all.some(Boolean))
  fc.assert(
    fc.property(fc.constantFrom(...small), sizes, (fixture, each) => {
      assert.deepEqual(counted(fixture, cut(each)), wanted(fixture), fixture.name)
    }),
    { numRuns: 500 }
  )
})

/** The same stream with other line ends, comments, pings, fields that nobody knows, lines without a space. */
function* spelled(fixture: Fixture): Generator<Fixture> {
  const { answer } = fixture.told
  if (typeof answer !== 'string' || !/^(event|data|:)/.test(answer)) return
  const lines = answer.replaceAll('\r\n', '\n')
  const other = (name: string, text: string): Fixture => ({
    ...fixture,
    name: `${fixture.name}, ${name}`,
    told: { ...fixture.told, answer: text },
  })
  yield other('CRLF', lines.replaceAll('\n', '\r\n'))
  yield other('CR', lines.replaceAll('\n', '\r'))
  yield other('no space', lines.replaceAll('data: ', 'data:'))
  yield other('comments', lines.replaceAll('\n\n', '\n\n: ping - 2026 "usage"\n\n\n'))
  yield other('other fields', lines.replaceAll(/^data: /gm, 'id: 7\nretry: 3\nfoo\ndata: '))
  yield other('byte order mark', `\ufeff${lines}`)
  yield other('as plain text', lines)
  yield other('several lines', lines.replaceAll(/^data: \{/gm, 'data: {\ndata:\ndata: '))
  yield other('no end', lines.replace(/\n+$/, ''))
}

test('a stream may be written in every way that its standard allows', () => {
  for (const fixture of small.flatMap((one) => [...spelled(one)])) {
    const want = wanted(fixture)
    assert.deepEqual(counted(fixture), want, fixture.name)
    assert.deepEqual(counted(fixture, cut([1])), want, `${fixture.name}, byte by byte`)
    assert.deepEqual(counted({ ...fixture, told: { ...fixture.told, type: 'text/plain' } }), want, fixture.name)
  }
})

test('nothing is thrown, and at most what was counted whole is counted, wherever an answer breaks off', () => {
  for (const fixture of small) {
    const bytes = bytesOf(fixture.told.answer)
    const most = wanted(fixture).length
    for (let end = 0; end < bytes.length; end += 7) {
      const told = {
        ...fixture.told,
        type: 'text/event-stream',
        answer: bytes.subarray(0, end),
        how: 'failed' as const,
      }
      const calls = counted({ ...fixture, told })
      assert.ok(calls.length <= most, fixture.name)
    }
  }
})
