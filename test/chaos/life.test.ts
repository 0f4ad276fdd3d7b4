import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from '../../chaos/ledger.ts'
import { itemOf } from '../../chaos/items.ts'
import { miscounted } from '../../chaos/life.ts'

/** A recorder is asked for these, and keeps them. */
function records(ledger: Ledger, life: string, names: readonly string[], acknowledges: boolean = true): void {
  for (const name of names) {
    ledger.asks(life, itemOf(name))
    ledger.answered(life, itemOf(name))
  }
  if (acknowledges) ledger.kept(life, names.length, names)
}

const found = (items: readonly string[], requests: Readonly<Record<string, number>>, forgets: boolean = false) => ({
  items: new Set(items),
  requestsOf: (life: string) => requests[life] ?? 0,
  forgets,
})

test('a life that ended in order has dropped what was sent and is not there, to the unit', () => {
  const ledger = new Ledger()
  records(ledger, 'a', ['money:1', 'money:2', 'refused:1'])
  for (const [drops, words] of [
    [1, []],
    [0, ["'a' counted 0 drops, and there were 1", 'all together counted 0 drops, and there were 1']],
    [2, ["'a' counted 2 drops, and there were 1", 'all together counted 2 drops, and there were 1']],
  ] as const) {
    ledger.dropped('a', drops)
    assert.deepEqual(miscounted(ledger.lives, found(['money:1', 'money:2'], { a: 3 })), words)
  }
  ledger.dropped('a', 3)
  assert.deepEqual(miscounted(ledger.lives, found(['money:1'], { a: 2 })), [])
})

test('what came after the last word of a life that was killed may be gone uncounted, and no more', () => {
  const ledger = new Ledger()
  records(ledger, 'a', ['money:1', 'money:2'])
  ledger.dropped('a', 0)
  records(ledger, 'a', ['money:3'])
  records(ledger, 'a', ['money:4', 'refused:1'], false)
  assert.deepEqual(miscounted(ledger.lives, found(['money:1', 'money:2'], { a: 2 })), [])
  assert.deepEqual(miscounted(ledger.lives, found(['money:1'], { a: 2 })), [
    "'a' counted 0 drops, and there were 1 to 7",
    'all together counted 0 drops, and there were 1 to 7',
  ])
  ledger.dropped('a', 5)
  assert.deepEqual(miscounted(ledger.lives, found(['money:1', 'money:2', 'money:3', 'money:4'], { a: 3 })), [
    "'a' counted 5 drops, and there were 0 to 3",
    'all together counted 5 drops, and there were 0 to 3',
  ])
})

test('an id that two were told of is dropped by one of them, and a store that forgets is no drop', () => {
  const ledger = new Ledger()
  for (const life of ['a', 'b']) records(ledger, life, ['orders:1'])
  ledger.dropped('a', 0)
  ledger.dropped('b', 0)
  const words = ['all together counted 0 drops, and there were 1']
  assert.deepEqual(miscounted(ledger.lives, found([], { a: 1, b: 1 })), words)
  assert.deepEqual(miscounted(ledger.lives, found([], { a: 1, b: 1 }, true)), [])
  ledger.dropped('b', 1)
  assert.deepEqual(miscounted(ledger.lives, found([], { a: 1, b: 1 })), [])
})
