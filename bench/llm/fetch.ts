import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { median } from '../stats.ts'

/** ns for a fetch that is answered at once, bare and watched, in turns. */
export interface Passed {
  readonly bare: number
  readonly ours: number
  /** The same with the control, a second bare one. */
  readonly control: number
}

const BATCH = 100_000
const BATCHES = 31
const URLS = [
  'https://api.example.com/v1/users/42',
  'https://shop.example.com/orders?page=2',
  'http://10.0.0.7/healthz',
]

// Only what stands in front of a fetch is measured: what follows takes a hundred times as long, and sways by more.
const answer = Promise.resolve(new Response('ok'))
const bare = (_url: string, _init?: RequestInit): Promise<Response> => answer
const control = (_url: string, _init?: RequestInit): Promise<Response> => answer
globalThis.fetch = bare as typeof fetch
const { Metrics } = await load('index')
void new Metrics({ storage: 'memory://', log: () => undefined })
const ours = globalThis.fetch as typeof bare
if (ours === bare) throw new Error('fetch is not watched')

function batch(one: typeof bare): number {
  const init = { method: 'POST', body: '{}' }
  const from = performance.now()
  for (let i = 0; i < BATCH; i++) void one(URLS[i % URLS.length]!, init)
  return ((performance.now() - from) * 1e6) / BATCH
}

const taken: Record<keyof Passed, number[]> = { bare: [], ours: [], control: [] }
for (let i = 0; i < BATCHES; i++) {
  taken.bare.push(batch(bare))
  taken.ours.push(batch(ours))
  taken.control.push(batch(control))
  await new Promise((resolve) => setImmediate(resolve))
}
tell({ bare: median(taken.bare), ours: median(taken.ours), control: median(taken.control) } satisfies Passed)
if (process.send === undefined) process.exit()
