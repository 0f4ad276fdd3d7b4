import assert from 'node:assert/strict'
import { type Bench, type Case, MINUTE, START, batch, box, boxesOf, bytes, event, eventsOf, sameBox } from './ground.ts'

async function takesWhatItWasMadeOf({ one, two }: Bench): Promise<void> {
  const from = [box(START), box(START, { writer: 'w2', detail: bytes(70_000) })]
  const bystander = box(START + MINUTE)
  await one.put(batch({ boxes: [...from, bystander] }))
  const next = [box(START, { writer: '*', numbers: bytes(60) }), box(START, { tier: '15m', writer: '*' })]
  assert.equal(await two.seal(next, from), true)
  const open = await boxesOf(one)
  assert.equal(open.length, 1)
  sameBox(open[0], bystander)
  sameBox((await boxesOf(one, { which: 'sealed' }))[0], next[0] ?? bystander)
  assert.equal((await boxesOf(one, { which: 'sealed', tier: '15m' })).length, 1)
}

async function failsWhenOneChanged({ one, two }: Bench): Promise<void> {
  const from = [box(START), box(START, { writer: 'w2', detail: bytes(7) })]
  const next = [box(START, { writer: '*' })]
  for (const changed of [
    box(START, { writer: 'w2', detail: bytes(7), numbers: bytes(40, 255) }),
    box(START, { writer: 'w2', detail: bytes(7, 1) }),
    box(START, { writer: 'w2', detail: bytes(8) }),
  ]) {
    await one.put(batch({ boxes: [...from] }))
    await two.put(batch({ boxes: [changed] }))
    assert.equal(await one.seal(next, from), false)
    const open = await boxesOf(two)
    assert.equal(open.length, 2)
    sameBox(open[1], changed)
    assert.equal((await boxesOf(two, { which: 'sealed' })).length, 0)
  }
}

async function failsWhenOneIsGone({ one }: Bench): Promise<void> {
  await one.put(batch({ boxes: [box(START)] }))
  assert.equal(await one.seal([box(START, { writer: '*' })], [box(START), box(START, { writer: 'gone' })]), false)
  assert.equal((await boxesOf(one)).length, 1)
}

async function replacesItsSource({ one }: Bench): Promise<void> {
  const old = box(START, { writer: '*', numbers: bytes(30) })
  const late = box(START, { writer: 'late' })
  await one.put(batch({ boxes: [old, late] }))
  const next = box(START, { writer: '*', numbers: bytes(31, 5) })
  assert.equal(await one.seal([next], [old, late]), true)
  const sealed = await boxesOf(one, { which: 'sealed' })
  assert.equal(sealed.length, 1)
  sameBox(sealed[0], next)
  assert.equal((await boxesOf(one)).length, 0)
}

async function oneSealWins({ one, two }: Bench): Promise<void> {
  const from = [box(START), box(START, { writer: 'w2' })]
  await one.put(batch({ boxes: from }))
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      Promise.resolve((index % 2 === 0 ? one : two).seal([box(START, { writer: '*', numbers: bytes(9, index) })], from))
    )
  )
  assert.equal(results.filter(Boolean).length, 1)
  const sealed = await boxesOf(one, { which: 'sealed' })
  assert.deepEqual([...(sealed[0]?.numbers ?? [])], [...bytes(9, results.indexOf(true))])
}

async function oneSwapWins({ one, two }: Bench): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const seen = await one.get('lease')
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        Promise.resolve((index % 2 === 0 ? one : two).swap('lease', seen, `round ${round} caller ${index}`))
      )
    )
    assert.equal(results.filter(Boolean).length, 1)
    assert.equal(await two.get('lease'), `round ${round} caller ${results.indexOf(true)}`)
  }
}

async function documents({ one, two }: Bench): Promise<void> {
  assert.equal(await one.get('a'), undefined)
  assert.equal(await one.swap('a', 'x', 'y'), false)
  assert.equal(await one.swap('a', undefined, undefined), true)
  assert.equal(await one.swap('a', undefined, '{"odd":"\\u0000 ü \'"}'), true)
  assert.equal(await two.get('a'), '{"odd":"\\u0000 ü \'"}')
  assert.equal(await two.swap('a', undefined, undefined), false)
  assert.equal(await two.swap('a', '{"odd":"\\u0000 ü \'"}', ''), true)
  assert.equal(await one.get('a'), '')
  assert.equal(await two.swap('a', '', undefined), true)
  assert.equal(await one.get('a'), undefined)
}

async function prunesItsKindAndAge({ one }: Bench): Promise<void> {
  const later = START + MINUTE
  const at = (start: number) => [
    box(start),
    box(start, { writer: '*' }),
    box(start, { writer: '*', tier: '15m' }),
    box(start, { writer: '*', tier: '1h' }),
    box(start, { writer: '*', tier: '1d' }),
  ]
  const kept = async () => [
    (await boxesOf(one)).length,
    ...(await Promise.all(
      (['1m', '15m', '1h', '1d'] as const).map(async (tier) => (await boxesOf(one, { tier, which: 'sealed' })).length)
    )),
    (await eventsOf(one)).length,
  ]
  const events = [event(1, { time: START }), event(2, { time: later }), event(3, { kind: 'request', time: START })]
  await one.put(batch({ boxes: [...at(START), ...at(later)], events }))
  const expected = [2, 2, 2, 2, 2, 3]
  const kinds = ['open', '1m', '15m', '1h', '1d', 'events'] as const
  for (const [index, what] of kinds.entries()) {
    assert.equal(await one.prune(what, START), 0)
    assert.equal(await one.prune(what, later), what === 'events' ? 2 : 1, what)
    expected[index] = 1
    assert.deepEqual(await kept(), expected, what)
  }
}

async function prunesMany({ one }: Bench): Promise<void> {
  const boxes = Array.from({ length: 1_500 }, (_, index) => box(START + index * MINUTE))
  const events = Array.from({ length: 5_000 }, (_, index) => event(index + 1))
  await one.put(batch({ boxes, events }))
  assert.equal(await one.prune('open', START + 1_400 * MINUTE), 1_400)
  assert.equal(await one.prune('events', START + 4_901), 4_900)
  assert.equal((await boxesOf(one)).length, 100)
  assert.equal((await eventsOf(one)).length, 100)
}

/** Of a driver that says nothing, boxes are read each time. */
async function saysWhatChanged({ one, two }: Bench): Promise<void> {
  const both = async () => [await one.version?.(), await two.version?.()]
  const sealed = box(START, { writer: '*' })
  const steps: readonly (() => unknown)[] = [
    () => one.seal([sealed], []),
    () => two.seal([box(START, { writer: '*', numbers: bytes(7) })], [sealed]),
    () => one.put(batch({ boxes: [box(START, { writer: '*', tier: '1h' })] })),
    () => two.prune('1h', START + 1),
    () => two.put(batch({ names: [{ id: '00000000000000aa', text: '{}' }], time: START })),
    () => one.prune('names', START + 1),
  ]
  for (const step of steps) {
    const before = await both()
    await step()
    for (const [at, version] of (await both()).entries()) {
      assert.ok(version === undefined || version !== before[at], 'a change is seen by all')
    }
  }
}

/** Sealing, pruning, and small documents. */
export const sealCases: readonly Case[] = [
  { name: 'a seal takes away exactly what it was made of', run: takesWhatItWasMadeOf },
  { name: 'a seal fails when one box has changed, and changes nothing', run: failsWhenOneChanged },
  { name: 'a seal fails when one box is gone', run: failsWhenOneIsGone },
  { name: 'a seal can replace a box it was made of', run: replacesItsSource },
  { name: 'of many equal seals one wins', run: oneSealWins },
  { name: 'each swap has one winner', run: oneSwapWins },
  { name: 'documents are compared and set, made and taken away', run: documents },
  { name: 'prune takes only its kind and its age', run: prunesItsKindAndAge },
  { name: 'prune takes thousands', run: prunesMany },
  { name: 'a version is another one when sealed boxes or names have changed, by whomever', run: saysWhatChanged },
]
