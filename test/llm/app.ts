import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Make } from './clients/client.ts'
import { type Framework, served } from './served.ts'

/** What the app is told, as JSON in its first argument. */
export interface Wish {
  readonly client: string
  /** Whether the client exists before our package is loaded, after it, or the app never heard of us (`--import`). */
  readonly order: 'before' | 'after' | 'register' | 'without'
  readonly framework: Framework
  readonly base: string
  /** How many calls of models to wait for. */
  readonly calls: number
}

/** A row of an answer of ours. */
export type Row = Readonly<Record<string, string | number | null>>

/** What came of it. */
export interface Told {
  /** What each route answered: the status, and the text. */
  readonly texts: Readonly<Record<string, readonly [number, string]>>
  readonly calls: readonly Row[]
  readonly outcomes: readonly Row[]
  readonly tokens: readonly Row[]
  readonly cost: readonly Row[]
  readonly costs: Readonly<Record<string, unknown>>
}

// The app of these tests: a client, a route for each of its calls, and our package, loaded in the order that is asked for.
const wish = JSON.parse(process.argv[2] ?? '{}') as Wish
const client = async (): Promise<ReturnType<Make>> => {
  const { make } = (await import(`./clients/${wish.client}${extname(import.meta.url)}`)) as { make: Make }
  return make(wish.base)
}

const early = wish.order === 'after' ? undefined : await client()
const index = wish.order === 'before' || wish.order === 'after' ? await import('../../src/index.ts') : undefined
const calls = early ?? (await client())
const made = await served(wish.framework, calls)
if (index !== undefined) void new index.Metrics(made.app, { storage: 'memory://' })
const server = await made.serve()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function asked(path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${origin}/metrics/${path}`)
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

async function rows(metric: string, by: string): Promise<readonly Row[]> {
  return ((await asked(`query?metric=${metric}&from=1h&top=100&group_by=${by}`))['data'] ?? []) as readonly Row[]
}

async function counted(): Promise<readonly Row[]> {
  return rows('llm_calls', 'endpoint,provider,model')
}

/** All calls that are expected, and then what else is counted within a moment: nothing, unless one is counted twice. */
async function settled(): Promise<readonly Row[]> {
  const total = (found: readonly Row[]): number => found.reduce((sum, { value }) => sum + Number(value), 0)
  for (let turn = 0; turn < 60 && total(await counted()) < wish.calls; turn++) await pause(30)
  await pause(60)
  return counted()
}

const texts: Record<string, readonly [number, string]> = {}
for (const name of Object.keys(calls)) {
  const answer = await fetch(`${origin}/${name}/7`)
  texts[name] = [answer.status, await answer.text()]
}
const told: Told =
  wish.order === 'without'
    ? { texts, calls: [], outcomes: [], tokens: [], cost: [], costs: {} }
    : {
        texts,
        calls: await settled(),
        outcomes: await rows('llm_calls', 'endpoint,status,pricing'),
        tokens: await rows('llm_tokens', 'endpoint,type'),
        cost: await rows('llm_cost_usd', 'endpoint'),
        costs: await asked('costs?from=1h&group_by=endpoint'),
      }
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit())
