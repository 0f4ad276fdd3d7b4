import { parseArgs } from 'node:util'
import { KEPT, AUDITED } from '../llm/prices/overlay.ts'
import type { PriceAge } from '../llm/prices/age.ts'
import { Prices, type Quote } from '../llm/prices/prices.ts'
import { SNAPSHOT } from '../llm/prices/snapshot.ts'
import { unpack } from '../llm/prices/unpack.ts'
import { type Command, type Line, Misuse, type World } from './command.ts'
import { columns } from './columns.ts'

const HELP = `pocketmetrics prices [model] [options]

Says how old the prices of language models are, how many there are, and which of them
are kept by hand. With a model: what it costs, and whose price that is.

  --storage <url>     also lists the models in this store that had no price,
                      such as sqlite://metrics.db
  --from <time>       how far back to look for them (default 90d)
  --provider <name>   who serves the model: openai, azure, bedrock, …
  --json              the same as JSON`

interface Wish {
  readonly model: string | undefined
  readonly storage: string | undefined
  readonly from: string
  readonly provider: string
  readonly json: boolean
}

/** What the command says, as its JSON. */
interface Report extends PriceAge {
  readonly audited: string
  readonly providers: readonly { provider: string; models: number; own: number }[]
  readonly own: readonly { provider: string; model: string; date: string; source: string; why: string | null }[]
  /** Null where no store was named. */
  readonly unpriced: readonly { provider: string; model: string; calls: number }[] | null
}

/** The command `prices`. */
export const prices: Command = {
  name: 'prices',
  summary: 'how old the prices of language models are, and which models have none',
  help: HELP,
  async run(words, world) {
    const wish = read(words)
    return wish.model === undefined ? report(wish, world) : quote(wish, wish.model, world)
  },
}

function read(words: readonly string[]): Wish {
  const options = {
    storage: { type: 'string' },
    from: { type: 'string', default: '90d' },
    provider: { type: 'string', default: 'unknown' },
    json: { type: 'boolean', default: false },
  } as const
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
    if (positionals.length > 1) throw new Misuse(`One model at a time: '${positionals[1]}' is too many.`)
    return { ...values, storage: values.storage, model: positionals[0] }
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error))
  }
}

async function report(wish: Wish, world: World): Promise<number> {
  const full: Report = {
    ...new Prices().age(world.now),
    audited: AUDITED,
    providers: providers(),
    own: KEPT.map(({ provider, ids, date, source, why }) => ({
      provider,
      model: ids[0] ?? '',
      date,
      source,
      why: why ?? null,
    })),
    unpriced: wish.storage === undefined ? null : await unpriced(wish.storage, wish.from, world),
  }
  for (const line of wish.json ? [JSON.stringify(full, null, 2)] : told(full, wish)) world.out(line)
  return 0
}

function providers(): Report['providers'] {
  const counts = new Map<string, { models: number; own: number }>()
  for (const [provider, rows] of unpack(SNAPSHOT).rows) counts.set(provider, { models: rows.length, own: 0 })
  for (const { provider } of KEPT) {
    const { models, own } = counts.get(provider) ?? { models: 0, own: 0 }
    counts.set(provider, { models, own: own + 1 })
  }
  return [...counts].map(([provider, count]) => ({ provider, ...count }))
}

async function unpriced(storage: string, from: string, world: World): Promise<Report['unpriced']> {
  const where = { pricing: 'unpriced' }
  const rows = await world.ask(storage, {
    metric: 'llm_calls',
    from,
    groupBy: ['provider', 'model'],
    where,
    limit: 1000,
  })
  return rows
    .map((row) => ({ provider: text(row, 'provider'), model: text(row, 'model'), calls: Number(row['value'] ?? 0) }))
    .filter(({ calls }) => calls > 0)
    .toSorted((a, b) => b.calls - a.calls)
}

function text(row: Line, key: string): string {
  return String(row[key] ?? '')
}

function told(full: Report, { storage, from }: Wish): string[] {
  const age = `${full.age_days} days old${full.stale ? ', which is stale: look for a newer version of pocketmetrics' : ''}`
  return [
    `Prices of ${full.source}, ${full.as_of}: ${age}.`,
    `${full.own.length} prices of our own stand above them, last reviewed on ${full.audited}.`,
    '',
    ...columns([
      ['provider', 'models', 'our own'],
      ...full.providers.map((one) => [one.provider, one.models, one.own]),
    ]),
    '',
    ...columns([
      ['our own', 'model', 'since', 'source'],
      ...full.own.map((one) => [one.provider, one.model, one.date, one.source]),
    ]),
    ...missing(full.unpriced, storage ?? '', from),
  ]
}

function missing(list: Report['unpriced'], storage: string, from: string): string[] {
  if (list === null) return []
  if (list.length === 0) return ['', `Every model in ${storage} has had a price, as far as ${from} back.`]
  return [
    '',
    `Models in ${storage} without a price; give them one in the option llm.prices:`,
    ...columns([['provider', 'model', 'calls'], ...list.map((one) => [one.provider, one.model, one.calls])]),
  ]
}

async function quote({ provider, json }: Wish, model: string, world: World): Promise<number> {
  const list = new Prices()
  await list.load()
  const found = list.quote({ provider, model, requestedModel: '', time: world.now })
  if (found === undefined) {
    world.error(
      `There is no price for ${model}${provider === 'unknown' ? '; perhaps there is with --provider' : ` at ${provider}`}.`
    )
    return 1
  }
  for (const line of json ? [JSON.stringify(found, null, 2)] : priced(found)) world.out(line)
  return 0
}

function priced({ owner, row, source, rates }: Quote): string[] {
  const kinds = Object.entries(rates).map(([kind, rate]) => [kind, typeof rate === 'number' ? rate : steps(rate)])
  return [`${owner} ${row} (${source}), USD:`, ...columns(kinds.length === 0 ? [['free']] : kinds)]
}

/** `2.5, above 272000 tokens 5`. */
function steps([base = 0, ...rest]: readonly number[]): string {
  const further = rest.flatMap((start, at) => (at % 2 === 0 ? [`above ${start} tokens ${rest[at + 1]}`] : []))
  return [base, ...further].join(', ')
}
