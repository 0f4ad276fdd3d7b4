// Reads one answer of 35 MB in pieces, and says how much memory that took at its highest.
const { ours, url, stream } = JSON.parse(process.argv[2] ?? '{}') as { ours: boolean; url: string; stream: boolean }
if (ours) {
  const { Metrics } = await import('../../src/index.ts')
  void new Metrics({ storage: 'memory://', log: () => undefined })
}

async function read(to: string): Promise<number> {
  const body = JSON.stringify({ model: 'gpt-4o', stream, stream_options: { include_usage: true } })
  const response = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  let [bytes, looked] = [0, 0]
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes - looked < 2_000_000) continue
    looked = bytes
    look()
  }
  return bytes
}

let highest = 0
/** What is held; when garbage goes is nobody's doing. */
function look(): void {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  highest = Math.max(highest, heapUsed + external)
}

await read(url.replace('/~', '/~size=1000,'))
highest = 0
look()
const before = highest
const bytes = await read(url.replace('/~', '/~size=35000000,'))
process.stdout.write(`${JSON.stringify({ bytes, taken: highest - before })}\n`, () => process.exit())
