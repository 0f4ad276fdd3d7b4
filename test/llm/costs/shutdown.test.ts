import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Metrics } from '../../../src/index.ts'

const ENTRY = new URL('../../../src/index.ts', import.meta.url).href
const QUEUED = { id: 'resp_1234567890', object: 'response', status: 'queued', background: true, model: 'gpt-5' }

/** What a process that has begun a response in the background, and never fetches it, leaves in its store. */
async function left(t: TestContext, ending: string, signal?: NodeJS.Signals): Promise<ReadonlySet<string>> {
  const provider = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...QUEUED, output: [], usage: null }))
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-background-'))
  t.after(() => {
    provider.closeAllConnections()
    provider.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  const source = `import { Metrics } from ${JSON.stringify(ENTRY)}
const metrics = new Metrics({ storage: ${JSON.stringify(storage)} })
const body = JSON.stringify({ model: 'gpt-5', input: 'x', background: true })
const url = 'http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1/responses'
await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json()
// The store is open and the prices are read: what is measured is the end.
metrics.llm.record({ provider: 'openai', model: 'gpt-4o', usd: 1 })
await metrics.flush()
console.log('begun')
${ending}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (signal !== undefined) child.stdout.once('data', () => child.kill(signal))
  else child.stdout.resume()
  await once(child, 'close')
  const reader = new Metrics({ storage, llm: false })
  const { rows } = await reader.query({ metric: 'llm_calls', from: '1h', groupBy: ['model', 'pricing'] })
  await reader.close()
  return new Set(rows.map(({ model, pricing, value }) => `${model} ${pricing} ${value}`))
}

const COUNTED = new Set(['gpt-4o exact 1', 'gpt-5 incomplete 1'])

test('a process that has nothing left to do counts what goes on in the background', async (t) => {
  assert.deepEqual(await left(t, ''), COUNTED)
})

test('so does one that is told to go', async (t) => {
  assert.deepEqual(await left(t, 'setInterval(() => undefined, 1000)', 'SIGTERM'), COUNTED)
})

test('and one that closes its metrics', async (t) => {
  assert.deepEqual(await left(t, 'await metrics.close()\nprocess.exit(0)'), COUNTED)
})
