import assert from 'node:assert/strict'
import type { Tier } from '../../core/tiers.ts'
import { type Bench, type Case, MINUTE, START, batch, box, boxesOf, bytes, sameBox } from './ground.ts'

async function comesBack({ one, two }: Bench): Promise<void> {
  const put = box(START, { writer: 'wö "x"', numbers: bytes(70_001), detail: bytes(200_003, 9) })
  await one.put(batch({ boxes: [put] }))
  for (const driver of [one, two]) {
    const found = await boxesOf(driver)
    assert.equal(found.length, 1)
    sameBox(found[0], put)
  }
}

async function bytesAreCopied({ one }: Bench): Promise<void> {
  const whole = bytes(64)
  const put = box(START, { numbers: whole.subarray(8, 24), detail: whole.subarray(30, 31) })
  await one.put(batch({ boxes: [put] }))
  const kept = { ...put, numbers: put.numbers.slice(), detail: put.detail.slice() }
  whole.fill(0)
  sameBox((await boxesOf(one))[0], kept)
}

async function replaces({ one, two }: Bench): Promise<void> {
  const second = box(START, { numbers: bytes(5, 2), detail: bytes(3) })
  await one.put(batch({ boxes: [box(START, { numbers: bytes(500), detail: bytes(900) })] }))
  await one.put(batch({ boxes: [second] }))
  const found = await boxesOf(two)
  assert.equal(found.length, 1)
  sameBox(found[0], second)
}

async function sideBySide({ one, two }: Bench): Promise<void> {
  await two.put(batch({ boxes: [box(START, { writer: 'b', numbers: bytes(9, 2) })] }))
  await one.put(batch({ boxes: [box(START, { writer: 'a', numbers: bytes(9, 1) })] }))
  const found = await boxesOf(one)
  assert.deepEqual(
    found.map(({ writer }) => writer),
    ['a', 'b']
  )
  assert.deepEqual([...(found[1]?.numbers ?? [])], [...bytes(9, 2)])
}

async function spansAreHalfOpen({ one }: Bench): Promise<void> {
  const starts = [3, 1, 0, 4, 2].map((minute) => START + minute * MINUTE)
  for (const start of starts) await one.put(batch({ boxes: [box(start)] }))
  const found = await boxesOf(one, { from: START + MINUTE, to: START + 3 * MINUTE })
  assert.deepEqual(
    found.map(({ start }) => start),
    [START + MINUTE, START + 2 * MINUTE]
  )
  assert.deepEqual(
    (await boxesOf(one)).map(({ start }) => start),
    starts.toSorted((a, b) => a - b)
  )
  assert.equal((await boxesOf(one, { from: START, to: START })).length, 0)
}

async function doNotMix({ one }: Bench): Promise<void> {
  const tiers: readonly Tier[] = ['1m', '15m', '1h', '1d']
  const sealed = tiers.map((tier, seed) => box(START, { tier, writer: '*', numbers: bytes(30, seed) }))
  const open = box(START, { numbers: bytes(30, 99) })
  await one.put(batch({ boxes: [open, ...sealed] }))
  for (const put of sealed) {
    const found = await boxesOf(one, { tier: put.tier, which: 'sealed' })
    assert.equal(found.length, 1)
    sameBox(found[0], put)
  }
  const found = await boxesOf(one)
  assert.equal(found.length, 1)
  sameBox(found[0], open)
  assert.equal((await boxesOf(one, { tier: '1h' })).length, 0)
}

async function withoutDetail({ one }: Bench): Promise<void> {
  const put = box(START, { detail: bytes(50_000) })
  await one.put(batch({ boxes: [put] }))
  const [found] = await boxesOf(one, { detail: false })
  sameBox(found, { ...put, detail: new Uint8Array(0) })
}

async function pagedWhilePutting({ one, two }: Bench): Promise<void> {
  const count = 3_000
  const starts = Array.from({ length: count }, (_, index) => START + index * MINUTE)
  await one.put(batch({ boxes: starts.map((start) => box(start, { writer: '*', numbers: bytes(200) })) }))
  const seen: number[] = []
  for await (const found of one.boxes({ tier: '1m', which: 'sealed', from: 0, to: START * 2, detail: true })) {
    const fill = found.numbers.length === 200 ? bytes(200) : bytes(300, 1)
    assert.deepEqual([...found.numbers], [...fill], 'a box is half one put and half another')
    seen.push(found.start)
    if (seen.length % 300 !== 0) continue
    const ahead = starts[Math.min(seen.length + 700, count - 1)] ?? START
    await two.put(batch({ boxes: [box(ahead, { writer: '*', numbers: bytes(300, 1) }), box(START)] }))
  }
  assert.deepEqual(seen, starts)
}

async function halfReadIsLeft({ one }: Bench): Promise<void> {
  await one.put(batch({ boxes: Array.from({ length: 500 }, (_, index) => box(START + index * MINUTE)) }))
  for await (const found of one.boxes({ tier: '1m', which: 'open', from: 0, to: START * 2, detail: true })) {
    if (found.start > START) break
  }
  await one.put(batch({ boxes: [box(START, { numbers: bytes(3) })] }))
  assert.equal((await boxesOf(one)).length, 500)
}

async function sizeGrows({ one }: Bench): Promise<void> {
  const before = await one.size()
  await one.put(batch({ boxes: [box(START, { numbers: bytes(90_000), detail: bytes(100_000) })] }))
  const after = await one.size()
  assert.ok(after.bytes - before.bytes >= 150_000, `${before.bytes} → ${after.bytes}`)
  if (after.tiers !== undefined) assert.equal(after.tiers['open'], 190_000)
}

/** Boxes come back as they were put. */
export const boxCases: readonly Case[] = [
  { name: 'a box comes back as it was put, odd bytes and long ones too', run: comesBack },
  { name: 'a put box is what it was at that moment, whatever becomes of its bytes', run: bytesAreCopied },
  { name: 'a second put replaces its namesake', run: replaces },
  { name: 'two writers stand side by side', run: sideBySide },
  { name: 'spans are half-open and come oldest first', run: spansAreHalfOpen },
  { name: 'tiers do not mix, nor open boxes with sealed ones', run: doNotMix },
  { name: 'without detail it stays empty', run: withoutDetail },
  { name: 'thousands of boxes are read while puts go on', run: pagedWhilePutting },
  { name: 'a read left half-way hinders nobody', run: halfReadIsLeft },
  { name: 'the size grows with what is put', run: sizeGrows },
]
