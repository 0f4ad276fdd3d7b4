import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, OpenedBox, pack, packInSteps } from '../../src/core/box.ts'
import { copyInSteps } from '../../src/core/bytes.ts'
import { Point } from '../../src/core/point.ts'
import { Sketch } from '../../src/core/sketch.ts'
import { minuteOf } from '../../src/core/window.ts'

const window = minuteOf('w1', 'web-1', 0, false)

/** Series with as many different ids as make a sketch dense. */
function sketches(count: number): Entry[] {
  return Array.from({ length: count }, (_, series) => {
    const point = new Point()
    point.sketch = new Sketch()
    for (let id = 0; id < 4000; id++) point.sketch.add(Math.imul(id + 1, 0x9e3779b1 + series) >>> 0, id)
    return { metric: '00000000000000aa', labels: series.toString(16).padStart(16, '0'), point }
  })
}

test('large boxes are packed in steps of which none copies more than a part, into the same bytes', async () => {
  const entries = sketches(60)
  let steps = 0
  const packed = await packInSteps(window, entries, () => (steps++, undefined))
  assert.deepEqual(packed, pack(window, entries))
  assert.ok(packed.detail.length > 400_000)
  // One for each sketch, one for the metric, and the rest for putting 64 KB each together.
  assert.ok(steps >= entries.length + 1 + Math.floor(packed.detail.length / (2 * 65_536)), String(steps))
  const estimates: number[] = []
  for (const { point } of new OpenedBox(packed).entries()) estimates.push(point.sketch!.estimate)
  assert.deepEqual(
    estimates,
    entries.map(({ point }) => point.sketch!.estimate)
  )
})

test('many bytes are copied in steps, few at once', async () => {
  const bytes = Uint8Array.from({ length: 600_000 }, (_, at) => at % 251)
  let asked = 0
  const copy = await copyInSteps(bytes, () => (asked++, Promise.resolve()))
  assert.deepEqual(copy, bytes)
  assert.notEqual(copy.buffer, bytes.buffer)
  assert.equal(asked, 3)
  assert.deepEqual(await copyInSteps(bytes.subarray(5, 9), () => assert.fail()), bytes.subarray(5, 9))
  assert.deepEqual(await copyInSteps(new Uint8Array(0), () => assert.fail()), new Uint8Array(0))
})
