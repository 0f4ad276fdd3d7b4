import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { breather } from '../../src/core/breathe.ts'
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts'
import { halves, hash, hex, IdIndex } from '../../src/core/ids.ts'
import {
  canonical,
  isLabelKey,
  isMetricName,
  labelsText,
  labelValue,
  metricText,
  parseName,
} from '../../src/core/labels.ts'
import { looksSecret } from '../../src/core/redact.ts'
import { Tail } from '../../src/core/tail.ts'
import { windowOf } from '../../src/core/tiers.ts'
import { systemClock } from '../../src/core/time.ts'
import { told } from '../../src/core/told.ts'
import { duration, size } from '../../src/core/units.ts'

test('numbers and texts come back from bytes as they were written', () => {
  const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const signed = fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 })
  fc.assert(
    fc.property(whole, signed, fc.double(), fc.string({ unit: 'grapheme' }), fc.nat(0xffffffff), (a, b, c, d, e) => {
      const out = new ByteWriter(1)
      out.varint(a)
      out.signed(b)
      out.float(c)
      out.text(d)
      out.uint32(e)
      out.byte(7)
      const from = new ByteReader(out.take())
      assert.deepEqual(
        [from.varint(), from.signed(), from.float(), from.text(), from.uint32(), from.byte()],
        [a, b, c, d.toWellFormed(), e, 7]
      )
      assert.ok(from.ended)
      assert.equal(from.byte(), 0)
    })
  )
})

test('ids are found by number and number by id, through many growths', () => {
  const index = new IdIndex()
  const ids = Array.from({ length: 5000 }, (_, i) => hash(`series ${i}`))
  assert.equal(new Set(ids).size, ids.length)
  ids.forEach((id, i) => assert.equal(index.addHex(id), i))
  ids.forEach((id, i) => assert.equal(index.addHex(id), i))
  ids.forEach((id, i) => assert.equal(index.findHex(id), i))
  assert.equal(index.size, 5000)
  assert.equal(index.hex(17), ids[17])
  assert.equal(index.find(1, 2), -1)
  assert.equal(hex(...halves('00000001000000ff')), '00000001000000ff')
})

test('many ids at once get the numbers that they get one by one', () => {
  const id = fc.tuple(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.integer({ min: 0, max: 40 }))
  fc.assert(
    fc.property(fc.array(fc.array(id, { maxLength: 60 }), { maxLength: 6 }), (lists) => {
      const [one, all] = [new IdIndex(), new IdIndex()]
      for (const list of lists) {
        const numbers = new Int32Array(list.length)
        all.addAll(Uint32Array.from(list.flat()), numbers)
        assert.deepEqual(
          [...numbers],
          list.map(([hi, lo]) => one.add(hi, lo))
        )
      }
      assert.deepEqual(all.ids, one.ids)
    })
  )
})

test('equal label sets have one spelling, and the dictionary reads it back', () => {
  assert.equal(canonical({ b: '2', a: '"' }), '{"a":"\\"","b":"2"}')
  assert.equal(canonical({ b: '2', a: '1' }), canonical({ a: '1', b: '2' }))
  assert.deepEqual(parseName(labelsText({ plan: 'pro' })), { labels: new Map([['plan', 'pro']]) })
  const metric = { name: 'revenue', kind: 'counter', unit: 'USD', buckets: true }
  assert.deepEqual(parseName(metricText(metric)), { metric: 'revenue', kind: 'counter', unit: 'USD', buckets: true })
  for (const text of ['', 'null', '7', '{}', '{"other":1}']) assert.equal(parseName(text), undefined)
})

test('names are letters, digits and a few signs', () => {
  for (const name of ['a', '_a', 'A.b:c-d_9']) assert.ok(isMetricName(name))
  for (const name of ['', '9a', 'a b', 'ä', 'a'.repeat(129), 5, null]) assert.ok(!isMetricName(name))
  assert.ok(isLabelKey('plan_2'))
  for (const key of ['', '2', 'a-b', 'a.b', 'a'.repeat(65), 'ä']) assert.ok(!isLabelKey(key))
})

test('label values are cut between characters and are well-formed', () => {
  assert.equal(labelValue('x'.repeat(300)).length, 256)
  assert.equal(labelValue(`${'x'.repeat(255)}😀`), 'x'.repeat(255))
  assert.equal(labelValue('a\0b\ud800'), 'ab\ufffd')
})

test('durations and sizes are read with their units and nothing else', () => {
  assert.equal(duration('1h30m'), 5_400_000)
  assert.equal(duration('250ms'), 250)
  assert.equal(duration('1.5s'), 1500)
  assert.equal(size('256MB'), 256e6)
  assert.equal(size('1KiB'), 1024)
  for (const text of ['', '5', 'h', '5 m', '-5m', '5minuts', '1e3s', '9'.repeat(40) + 's'])
    assert.equal(duration(text), undefined)
  assert.equal(size('5 MB'), undefined)
})

test('addresses, tokens, keys and card numbers are seen; ordinary values are not', () => {
  const secrets = [
    'jane.doe@example.com',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    'sk-proj-abcdefghijklmnopqrstuv',
    'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'AKIAIOSFODNN7EXAMPLE',
    'Bearer abcdef123456',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
  ]
  for (const text of secrets) assert.ok(looksSecret(text), text)
  for (const text of [
    'pro',
    'Berlin',
    '/users/:id',
    '1795343400000',
    '4111111111111112',
    'a@b',
    'sk-8',
    '2026-11-22T10:30:00Z',
    '+49 30 901820',
  ]) {
    assert.ok(!looksSecret(text), text)
  }
})

test('a window begins at a multiple of its width', () => {
  assert.equal(windowOf('15m', Date.UTC(2026, 10, 22, 10, 44, 59)), Date.UTC(2026, 10, 22, 10, 30))
})

test('the weights of events add up to what happened, whatever was left out', () => {
  let drawn = 0
  const tail = new Tail({ burst: 5, perSecond: 1, sample: 0.5 }, () => (drawn++ % 2 === 0 ? 0 : 0.9))
  const make = () => ({ kind: 'track', time: 0, name: 'n', value: 1, labels: {}, fields: {} })
  for (let i = 0; i < 100; i++) tail.push(0, make)
  const first = tail.drain()
  assert.equal(first.length, 5)
  for (let i = 0; i < 2; i++) tail.push(1000, make)
  const second = tail.drain()
  assert.equal(
    [...first, ...second].reduce((sum, event) => sum + event.weight, 0),
    101
  )
  assert.equal(second.length, 1)
  assert.deepEqual(tail.drain(), [])
})

test('a long loop gives the event loop its turn', async () => {
  const breathe = breather(0)
  const pause = breathe()
  assert.ok(pause instanceof Promise)
  await pause
  assert.equal(breather(60_000)(), undefined)
})

test('long loops share a turn: one that begins in an old turn gives way at once, and each turn is for one of them', async () => {
  const old = performance.now() + 5
  assert.equal(breather(60_000)(), undefined)
  while (performance.now() < old);
  assert.ok(breather(5)() instanceof Promise)
  await new Promise(setImmediate)
  const turns: number[] = []
  let [running, turn] = [true, 0]
  const count = (): void => {
    turn++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const loop = async (): Promise<void> => {
    const breathe = breather(0)
    for (let step = 0; step < 5; step++) {
      await breathe()
      turns.push(turn)
    }
  }
  await Promise.all([loop(), loop(), loop()])
  running = false
  assert.equal(new Set(turns).size, 15, turns.join(' '))
})

test('the machine’s clocks go forward', () => {
  assert.ok(systemClock.now() > Date.UTC(2026, 0))
  assert.ok(systemClock.monotonic() <= systemClock.monotonic())
})

test('any value can be named in a message', () => {
  const revoked = Proxy.revocable([], {})
  revoked.revoke()
  const values = ['x'.repeat(999), 5n, null, undefined, -0, Symbol('a'), told, [1], Object.create(null), revoked.proxy]
  assert.deepEqual(values.map(told), [
    `'${'x'.repeat(80)}'`,
    '5',
    'null',
    'undefined',
    '0',
    'a symbol',
    'a function',
    'a list',
    'an object',
    'an object',
  ])
})
