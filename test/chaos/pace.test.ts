import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isQuiet, type Sample, slower } from '../../chaos/pace.ts'
import { Random } from '../../chaos/random.ts'

/** A hundred requests a second for ten seconds on a busy machine; in the fifth and sixth the store is in trouble. */
function samples(change: (sample: Sample) => Partial<Sample> = () => ({})): Sample[] {
  const random = new Random(1)
  // Both wait now and then for a process that starts.
  const ms = (): number => (random.chance(0.02) ? random.whole(100, 400) : 1 + 8 * random.next())
  return Array.from({ length: 1_000 }, (_, place) => {
    const sample = { at: place * 10, ms: ms(), control: ms(), struck: place >= 400 && place < 600 }
    return { ...sample, ...change(sample) }
  })
}

const end = 6_000

test('an app that is as slow as its twin is not slower, on a machine that holds up both', () => {
  assert.deepEqual(slower(samples()), [])
  assert.deepEqual(slower(samples(({ ms, control }) => ({ ms: ms * 20, control: control * 20 }))), [])
  assert.deepEqual(slower([]), [])
})

test('a machine without time for anybody is no witness, but to a request that hangs for much longer than any other', () => {
  const starved = samples(({ ms, control }) => ({ ms: ms * 30, control: control * 5 }))
  assert.equal(isQuiet(samples()), true)
  assert.equal(isQuiet(starved), false)
  const [line] = slower(samples(({ at, control }) => ({ ms: at === 4_500 ? 15_000 : 30, control: control * 5 })))
  assert.match(line!, /^a request took 15000 ms/)
  assert.deepEqual(slower(samples(({ control }) => ({ ms: 300, control: control * 5 }))), [])
})

test('requests that wait for a store that stands still are found', () => {
  const [all, struck, ...others] = slower(samples(({ at, struck: is }) => (is ? { ms: end - at } : {})))
  assert.match(all!, /^all requests: [12]\d\d of 1000 took more than 150 ms, and \d+ without the library$/)
  assert.match(String(struck), /^all requests: 1\d\d of 1000 took more than 600 ms/)
  assert.ok(others.some((line) => /while the store was struck: the median is \d+/.test(line)))
})

test('a little more for every request is found, and while the store is struck too', () => {
  const [line] = slower(samples(({ ms }) => ({ ms: ms + 25 })))
  assert.match(line!, /^all requests: the median is 3\d\.\d ms, and [4-6]\.\d ms without the library$/)
  const [only] = slower(samples(({ ms, struck }) => ({ ms: struck ? ms + 25 : ms })))
  assert.match(only!, /^requests while the store was struck: the median/)
})

test('one request that hangs alone is found, and none that hangs with others', () => {
  const hangs = (sample: Sample): Partial<Sample> => (sample.at === 4_500 ? { ms: 1_990 } : {})
  const [line, ...others] = slower(samples(hangs))
  assert.match(line!, /^a request took 1990 ms; [34]\d\d ms is what it may take without the library$/)
  assert.deepEqual(others, [])
  const together = (sample: Sample): Partial<Sample> => (sample.at === 4_500 ? { ms: 1_990, control: 1_700 } : {})
  assert.deepEqual(slower(samples(together)), [])
})
