import assert from 'node:assert/strict'
import { test } from 'node:test'
import { present } from '../../chaos/present.ts'

/** A store that answers with these rows. */
const store = (rows: readonly unknown[], extra: object = {}) => ({
  answer: async ({ params }: { readonly params: readonly (readonly [string, string])[] }) => {
    const asked = new Map(params)
    const data = asked.get('metric') === 'money' ? rows.map((row) => pick(row, asked.get('agg') ?? '')) : []
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ data, ...extra })) }
  },
})

function pick(row: unknown, agg: string): unknown {
  const { batch, ...values } = row as { batch: string | null } & Record<string, number>
  return { batch, value: values[agg] }
}

const NAMED = { batch: 'b1', sum: 5, count: 2 }
const NAMELESS = { batch: null, sum: 7, count: 3 }

test('what has lost its labels counts as nothing, and an answer must say that it is incomplete', async () => {
  const { items, wrongs } = await present(store([NAMED, NAMELESS], { data_incomplete: true }), '0', 0)
  assert.deepEqual([...items], ['money:40', 'money:42'])
  assert.deepEqual(wrongs, [])
  const silent = await present(store([NAMED, NAMELESS]), '0', 0)
  assert.deepEqual(silent.wrongs, [
    '3 values of money have lost their labels, and the answer does not say that it is incomplete',
  ])
})

test('a value that is twice in a batch is found by its count', async () => {
  const { wrongs } = await present(store([{ batch: 'b0', sum: 6, count: 3 }]), '0', 0)
  assert.deepEqual(wrongs, ['twice: money b0 counts 3 values, and 6 is made of 2'])
})
