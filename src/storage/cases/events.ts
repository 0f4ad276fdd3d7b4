import assert from 'node:assert/strict'
import type { Event } from '../../core/event.ts'
import { type Bench, type Case, START, all, batch, event, eventsOf, sameEvent } from './ground.ts'

const ODD = 'ü "quoted" \'single\' 100% \\ \n\t 日本 👩‍💻 <b> ; -- \u0000 \u2028'

const KINDS: readonly Event[] = [
  event(1, {
    kind: 'request',
    name: '/users/:id',
    value: 12.25,
    labels: {},
    fields: { method: 'GET', status: 200, ttfb_ms: 3.5, request_bytes: 0, response_bytes: 5_000_000_000, slow: false },
  }),
  event(2, {
    kind: 'request',
    name: '/pay',
    fields: { method: 'POST', status: '499', aborted: true, slow: true, instance: 'host-1', ttfb_ms: null, user: 'u1' },
  }),
  event(3, { kind: 'track', weight: 4.5, value: -0.1, labels: { 'plan.x': ODD, '': 'empty', __proto: 'y' } }),
  event(4, {
    kind: 'error',
    name: 'TypeError',
    fields: {
      message: 'x is undefined\n',
      stack: 'at a.ts:1\nat b.ts:2',
      frame: 'a.ts:1',
      group: 'abc',
      endpoint: '/pay',
    },
  }),
  event(5, { kind: 'system', name: 'host', fields: { cpu: 12.5, memory: 80, disk: null } }),
  event(6, { kind: 'deploy', name: 'v1.2.3', value: 1, fields: { release: 'v1.2.3', rollback: false, commit: null } }),
  event(7, {
    kind: 'a kind nobody knows',
    name: ODD.replace('\u0000', ''),
    value: 1e300,
    fields: { kind: 'x', id: 3 },
  }),
  event(8, { kind: 'system', fields: { cpu: 'a lot', memory: true, disk: 1e-320 } }),
]

async function comeBack({ one, two }: Bench): Promise<void> {
  await one.put(batch({ events: KINDS }))
  const found = (await eventsOf(two)).reverse()
  assert.equal(found.length, KINDS.length)
  for (const [index, put] of KINDS.entries()) sameEvent(found[index], put)
}

async function onceOnly({ one, two }: Bench): Promise<void> {
  const put = batch({ events: KINDS, names: [{ id: '00000000000000ff', text: '{"metric":"x"}' }] })
  for (let time = 0; time < 10; time++) await (time % 2 === 0 ? one : two).put(put)
  assert.equal((await eventsOf(one)).length, KINDS.length)
  await one.put(batch({ events: [...KINDS, event(12)] }))
  assert.deepEqual(
    (await eventsOf(one)).map(({ number }) => number),
    [12, 8, 7, 6, 5, 4, 3, 2, 1]
  )
}

async function numbersAreTheWriters({ one, two }: Bench): Promise<void> {
  await one.put(batch({ events: [event(5, { writer: 'a' }), event(1, { writer: 'b' })] }))
  await two.put(batch({ events: [event(2, { writer: 'b' }), event(4, { writer: 'a' }), event(0, { writer: 'c' })] }))
  const found = (await eventsOf(one)).map(({ writer, number }) => `${writer}${number}`)
  assert.deepEqual(found, ['c0', 'b2', 'b1', 'a5'])
}

async function keptOnceAfterPrune({ one }: Bench): Promise<void> {
  const put = batch({ events: [event(1), event(2)] })
  await one.put(put)
  await one.prune('events', START + 1_000)
  await one.put(put)
  assert.equal((await eventsOf(one)).length, 0)
}

async function idsGrow({ one, two }: Bench): Promise<void> {
  const ids = new Set<number>()
  let last = 0
  for (let round = 0; round < 20; round++) {
    const driver = round % 2 === 0 ? one : two
    const kind = ['request', 'track', 'error', 'system', 'alert'][round % 5] ?? 'track'
    const numbers = [round * 3 + 1, round * 3 + 2, round * 3 + 3]
    const writer = `w${round % 2}`
    await driver.put(batch({ events: numbers.map((number) => event(number, { kind, writer })) }))
    const fresh = (await eventsOf(one, { sinceId: last })).map(({ id }) => id)
    assert.equal(fresh.length, 3)
    for (const id of fresh) {
      assert.ok(id > last, `${id} after ${last}`)
      assert.equal(ids.has(id), false)
      ids.add(id)
    }
    last = Math.max(...fresh)
    if (round === 10) await two.prune('events', START + 10_000)
  }
}

async function paged({ one, two }: Bench): Promise<void> {
  const kinds = ['request', 'track', 'error', 'alert']
  const kindOf = (number: number) => kinds[number % kinds.length] ?? 'track'
  const numbers = Array.from({ length: 2_500 }, (_, index) => index + 1)
  await one.put(batch({ events: numbers.map((number) => event(number, { kind: kindOf(number) })) }))
  const seen: number[] = []
  let beforeId: number | undefined
  for (let page = 0; ; page++) {
    const found: number[] = []
    for await (const { id, number } of one.events(beforeId === undefined ? {} : { beforeId })) {
      found.push(number)
      beforeId = id
      if (found.length === 300) break
    }
    if (found.length === 0) break
    seen.push(...found)
    await two.put(batch({ events: [event(page + 1, { writer: 'w2', kind: kindOf(page) })] }))
  }
  assert.deepEqual(seen, numbers.reverse())
}

async function readWhilePutting({ one, two }: Bench): Promise<void> {
  const numbers = Array.from({ length: 3_000 }, (_, index) => index + 1)
  await one.put(batch({ events: numbers.map((number) => event(number)) }))
  const seen: number[] = []
  for await (const found of one.events({})) {
    if (found.writer === 'w1') seen.push(found.number)
    if (seen.length % 500 === 0) await two.put(batch({ events: [event(seen.length, { writer: 'w2' })] }))
  }
  assert.deepEqual(seen, numbers.reverse())
}

const MIXED = Array.from({ length: 40 }, (_, index) =>
  event(index + 1, { kind: index % 2 === 0 ? 'request' : 'track', name: index % 4 < 2 ? '/a' : '/b' })
)

async function filtered({ one }: Bench): Promise<void> {
  await one.put(batch({ events: MIXED }))
  const numbers = async (selector: Parameters<typeof eventsOf>[1]) =>
    (await eventsOf(one, selector)).map(({ number }) => number)
  const where = (keep: (put: Event) => boolean) =>
    MIXED.filter(keep)
      .map(({ number }) => number)
      .reverse()
  const [first] = (await eventsOf(one)).reverse()
  const id = (number: number) => (first?.id ?? 0) + number - 1
  assert.deepEqual(
    await numbers({ kinds: ['request'] }),
    where(({ kind }) => kind === 'request')
  )
  assert.deepEqual(
    await numbers({ kinds: ['request', 'none'] }),
    where(({ kind }) => kind === 'request')
  )
  assert.deepEqual(await numbers({ kinds: [] }), [])
  assert.deepEqual(
    await numbers({ name: '/a' }),
    where(({ name }) => name === '/a')
  )
  assert.deepEqual(
    await numbers({ from: START + 10, to: START + 20 }),
    where(({ number }) => number >= 10 && number < 20)
  )
  assert.deepEqual(
    await numbers({ sinceId: id(30) }),
    where(({ number }) => number > 30)
  )
  assert.deepEqual(
    await numbers({ beforeId: id(5) }),
    where(({ number }) => number < 5)
  )
  assert.deepEqual(
    await numbers({ kinds: ['track'], name: '/b', from: START + 8, beforeId: id(33), sinceId: id(9) }),
    where(({ kind, name, number }) => kind === 'track' && name === '/b' && number > 9 && number < 33)
  )
}

async function trimmed({ one, two }: Bench): Promise<void> {
  const kinds = ['request', 'track', 'error', 'alert']
  const events = Array.from({ length: 400 }, (_, index) => event(index + 1, { kind: kinds[index % 4] ?? 'track' }))
  await one.put(batch({ events }))
  assert.equal((await one.size()).events, 400)
  assert.equal(await two.trim(1_000), 0)
  assert.equal(await two.trim(150), 250)
  assert.deepEqual(
    (await all(one.events({}))).map(({ number }) => number),
    Array.from({ length: 150 }, (_, index) => 400 - index)
  )
  assert.equal((await one.size()).events, 150)
  assert.equal(await one.trim(0), 150)
  assert.equal((await eventsOf(one)).length, 0)
}

/** Events come back as they were put, once, by growing ids. */
export const eventCases: readonly Case[] = [
  { name: 'events of every kind come back as they were put, odd characters too', run: comeBack },
  { name: 'a batch put ten times is there once', run: onceOnly },
  { name: 'numbers count within their writer', run: numbersAreTheWriters },
  { name: 'an event that was pruned does not come back by a repeated put', run: keptOnceAfterPrune },
  { name: 'ids grow and are unique over two connections and all kinds', run: idsGrow },
  { name: 'events are paged by cursor without gaps or repeats while puts go on', run: paged },
  { name: 'a long read of events leaves nothing out while puts go on', run: readWhilePutting },
  { name: 'events are chosen by kind, name, time and ids', run: filtered },
  { name: 'trim keeps the newest of all kinds', run: trimmed },
]
