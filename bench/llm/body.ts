import { tell } from '../launch.ts'
import { load } from '../library.ts'

/** What is in use, garbage apart, at its highest while an answer of 35 MB is read in pieces, above that before, bytes. */
export interface Body {
  readonly memory: number
  /** The same with garbage: when it is collected is the engine's affair, and sways by more than all that is held. */
  readonly peak: number
  readonly ms: number
}

const [variant = 'ours', url = '', stream = 'false'] = process.argv.slice(2)
if (variant === 'ours') {
  const { Metrics } = await load('index')
  void new Metrics({ storage: 'memory://', log: () => undefined })
}

/** Pieces between two collections: about a megabyte. */
const EVERY = 16

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Reads an answer of so many bytes; gives what was in use at most, above that before. */
async function read(size: number, collected: boolean): Promise<number> {
  globalThis.gc?.()
  const before = inUse()
  const body = JSON.stringify({ model: 'gpt-4o', stream: stream === 'true' })
  const response = await fetch(`${url.replace('/~', `/~size=${size},`)}/v1/chat/completions`, { method: 'POST', body })
  let [highest, pieces] = [before, 0]
  for await (const _ of response.body as AsyncIterable<Uint8Array>) {
    if (collected && pieces++ % EVERY !== 0) continue
    if (collected) globalThis.gc?.()
    highest = Math.max(highest, inUse())
  }
  return highest - before
}

// The first call brings the prices with it.
await read(100_000, false)
await new Promise((resolve) => setTimeout(resolve, 500))
const from = performance.now()
const peak = await read(35_000_000, false)
const ms = performance.now() - from
tell({ memory: await read(35_000_000, true), peak, ms } satisfies Body)
if (process.send === undefined) process.exit()
