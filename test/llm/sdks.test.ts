import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as zlib from 'node:zlib'
import type { Row, Told, Wish } from './app.ts'
import { BILL, type Line } from './bill.ts'
import { REGISTER, told } from './child.ts'
import { Provider } from './provider.ts'
import type { Framework } from './served.ts'
import { TEXT } from './shapes/shape.ts'

const provider = new Provider()
before(() => provider.start())
after(() => provider.stop())

/** What an SDK needs of Node, where that is more than we do: undici 8 has zstd, which Node has from 22.15 on. */
const RUNS: Readonly<Record<string, boolean>> = { undici: 'createZstdDecompress' in zlib }

const FRAMEWORKS: readonly Framework[] = ['express', 'fastify', 'hono', 'node']

const ORDERS = {
  before: 'with a client older than our import',
  after: 'with a client made after it',
  register: 'started with --import',
} as const

for (const [at, client] of Object.keys(BILL).entries()) {
  if (RUNS[client] === false) continue
  const framework = FRAMEWORKS[at % FRAMEWORKS.length]!
  const bill = BILL[client]!
  describe(`${client} in an app on ${framework}`, () => {
    for (const order of ['before', 'after', 'register'] as const)
      test(`${ORDERS[order]}: each call counts once, with its tokens, its cost and its endpoint`, async () => {
        const calls = Object.values(bill).filter((line) => line !== null).length
        const wish: Wish = { client, order, framework, base: provider.url({ id: `${client}-${order}` }), calls }
        const got = await told<Told>('app', wish, order === 'register' ? REGISTER : [])
        assert.deepEqual(wrong(got.texts, bill), {})
        assert.deepEqual(counted(got), expected(bill))
        const total = Object.values(bill).reduce((sum, line) => sum + nano(line?.usd), 0)
        assert.equal(nano(got.costs['total']), total)
      })
  })
}

/** What the app got that is not what the provider said. */
function wrong(texts: Told['texts'], bill: Readonly<Record<string, Line | null>>): object {
  const whole = (name: string, text: string): boolean =>
    bill[name] === null || name.startsWith('embeddings') ? /^[\d,]+$/.test(text) : text === TEXT
  return Object.fromEntries(
    Object.entries(texts).filter(([name, [status, text]]) => status !== 200 || !whole(name, text))
  )
}

/** Money as it is kept: whole billionths of a dollar. */
function nano(usd: unknown): number {
  return Math.round(Number(usd ?? 0) * 1e9)
}

/** By endpoint: what was counted there. */
function counted(told: Told): Record<string, unknown> {
  const { calls, outcomes, tokens, cost } = told
  const all = [calls, outcomes, tokens, cost].flat()
  const endpoints = [...new Set(all.map(({ endpoint }) => String(endpoint)))].sort()
  return Object.fromEntries(endpoints.map((endpoint) => [endpoint, at(endpoint, told)]))
}

function at(endpoint: string, told: Told): unknown {
  const of = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row['endpoint'] === endpoint)
  return {
    calls: of(told.calls).map((row) => [row['value'], row['provider'], row['model']]),
    outcomes: of(told.outcomes).map((row) => [row['value'], row['status'], row['pricing']]),
    tokens: Object.fromEntries(
      of(told.tokens)
        .filter(({ value }) => value !== 0)
        .map((row) => [String(row['type']), row['value']])
    ),
    nano: of(told.cost).reduce((sum, { value }) => sum + nano(value), 0),
  }
}

function expected(bill: Readonly<Record<string, Line | null>>): Record<string, unknown> {
  const lines = Object.entries(bill).filter((entry): entry is [string, Line] => entry[1] !== null)
  return Object.fromEntries(
    lines
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { provider, model, tokens, usd }]) => [
        `/${name}/:id`,
        { calls: [[1, provider, model]], outcomes: [[1, 'ok', 'exact']], tokens, nano: nano(usd) },
      ])
  )
}
