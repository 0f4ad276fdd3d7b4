import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Entry, OpenedBox, pack, type Packed } from '../../src/core/box.ts'
import { mergeBoxes } from '../../src/core/merge.ts'
import { Point } from '../../src/core/point.ts'
import { beyond, unfinishedIn, withUnfinished } from '../../src/core/unfinished.ts'
import { minuteOf } from '../../src/core/window.ts'

const START = Date.UTC(2026, 10, 22)

interface Seen {
  readonly series: number
  readonly value: number
}

function boxOf(seen: readonly Seen[]): Packed {
  const entries = new Map<number, Entry>()
  seen.forEach(({ series, value }, at) => {
    const id = `000000000000000${series}`
    const entry = entries.get(series) ?? { metric: id, labels: id, point: new Point(series < 2) }
    entries.set(series, entry)
    if (series === 3) entry.point.observeId(value >>> 0, Math.abs(value) * 7, START + at)
    else entry.point.observe(value, START + at)
  })
  return pack(minuteOf('w', 'h', START, false), [...entries.values()])
}

const anyValue = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }))
const anySeen = fc.array(fc.record({ series: fc.nat(3), value: anyValue }), { maxLength: 40 })

test('a part and what is beyond it make the whole, down to the bytes', () => {
  fc.assert(
    fc.property(anySeen, fc.nat(40), (seen, length) => {
      const [whole, part] = [new OpenedBox(boxOf(seen)), new OpenedBox(boxOf(seen.slice(0, length)))]
      const rest = new OpenedBox(pack(whole, beyond(whole, part)))
      assert.deepEqual(mergeBoxes(whole, [part, rest]), mergeBoxes(whole, [whole]))
    })
  )
})

test('nothing is beyond what is the same', () => {
  const box = new OpenedBox(boxOf([{ series: 0, value: 1 }]))
  assert.deepEqual(beyond(box, box), [])
})

test('what stands behind the points of a box comes back, and the points are as they were', () => {
  const [box, a, b] = [boxOf([{ series: 0, value: 5 }]), boxOf([{ series: 1, value: 7 }]), boxOf([])]
  const both = new OpenedBox(withUnfinished(box, new Map([['wb', b], ['wa', a]]))) // prettier-ignore
  assert.deepEqual([...unfinishedIn(both)], [['wa', a], ['wb', b]]) // prettier-ignore
  assert.deepEqual([...both.entries()], [...new OpenedBox(box).entries()])
  assert.equal(withUnfinished(box, new Map()), box)
  assert.equal(unfinishedIn(new OpenedBox(box)).size, 0)
})
