import { tell } from '../launch.ts'
import { load } from '../library.ts'

/** Memory at its highest while an answer of 35 MB is read in pieces, above that before, bytes. */
export interface Body {
  readonly memory: number
  readonly ms: number
}

const [variant = 'ours', url = '', stream = 'false'] = process.argv.slice(2)
if (variant === 'ours') {
  const { Metrics } = await load('index')
  void new Metrics({ storage: 'memory://', log: () => undefined })
}

let highest = 0
function look(): void {
  const { heapUsed, external } = process.memoryUsage()
  highest = Math.max(highest, heapUsed + external)
}

async function read(size: number): Promise<void> {
  const body = JSON.stringify({ model: 'gpt-4o', stream: stream === 'true' })
  const response = await fetch(`${url.replace('/~', `/~size=${size},`)}/v1/chat/completions`, { method: 'POST', body })
  for await (const _ of response.body as AsyncIterable<Uint8Array>) look()
}

await read(100_000)
globalThis.gc?.()
highest = 0
look()
const before = highest
const from = performance.now()
await read(35_000_000)
tell({ memory: highest - before, ms: performance.now() - from } satisfies Body)
if (process.send === undefined) process.exit()
