import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Metrics, type Options, type StorageDriver } from '../src/index.ts'
import { memory } from '../src/storage/memory.ts'
import { inUse } from './garbage.ts'

const ENTRY = new URL(`../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href

/** A memory driver whose puts go through `put`. */
function storing(put: (kept: () => void | Promise<void>) => Promise<void>): StorageDriver {
  const driver = memory()
  return new Proxy(driver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'put') return (batch: Parameters<StorageDriver['put']>[0]) => put(() => target.put(batch))
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function options(storage: StorageDriver): Options {
  return { storage, log: () => undefined, flushEvery: '10ms' }
}

test('R10: while a put takes its time, requests are answered and nothing is put twice or lost', async () => {
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  let puts = 0
  const storage = storing(async (kept) => {
    puts++
    await gate
    await kept()
  })
  const server = createServer((_request, response) => response.end('ok'))
  const metrics = new Metrics(server, options(storage))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (let i = 0; i < 200; i++) assert.equal(await (await fetch(url)).text(), 'ok')
  assert.equal(puts, 1)
  release()
  assert.equal((await metrics.query({ metric: 'http_requests', from: '1h' })).total, 200)
  await metrics.close()
  server.closeAllConnections()
  server.close()
})

test('R23: an outage costs bounded memory; what is dropped is counted and visible, totals are not touched', async () => {
  let down = true
  const storage = storing(async (kept) => {
    if (down) throw new Error('no answer')
    await kept()
  })
  const metrics = new Metrics(undefined, options(storage))
  const record = (): void => {
    for (let i = 0; i < 50_000; i++) metrics.track('revenue', 1, { plan: i % 2 === 0 ? 'pro' : 'team' })
  }
  record()
  await metrics.flush()
  const before = inUse()
  for (let round = 0; round < 20; round++) {
    record()
    await metrics.flush()
  }
  assert.ok(inUse() - before < 32e6)
  down = false
  const { total } = await metrics.query({ metric: 'revenue', from: '1h' })
  assert.equal(total, 21 * 50_000)
  const local = new Request('http://localhost/metrics', { headers: { host: 'localhost' } })
  const snapshot = (await (await metrics.fetch(local, { address: '127.0.0.1' })).json()) as {
    faults: number
    status: string
  }
  assert.ok(snapshot.faults > 0)
  await metrics.close()
})

test('R25: what was recorded before SIGTERM is on disk, under load and with nobody else listening', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pocketmetrics-'))
  const script = `
    import { Metrics } from ${JSON.stringify(ENTRY)}
    const metrics = new Metrics({ flushEvery: '1h' })
    let sent = 0
    await metrics.ready
    const load = setInterval(() => {
      for (let i = 0; i < 100; i++) { metrics.track('revenue', 1); sent++ }
      process.stdout.write(sent + '\\n')
    }, 5)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  let before = 0
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    // A second signal would end it at once.
    if (child.killed || said.split('\n').length <= 40) return
    before = lastOf(said)
    child.kill('SIGTERM')
  })
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.equal(signal, 'SIGTERM')
  const sent = lastOf(said)
  const metrics = new Metrics(undefined, { storage: `sqlite://${join(folder, 'metrics.db')}`, log: () => undefined })
  const { total } = await metrics.query({ metric: 'revenue', from: '1h' })
  assert.ok(total! >= before && total! <= sent + 100, `${before} ≤ ${total} ≤ ${sent}`)
  await metrics.close()
  await rm(folder, { recursive: true, force: true })
})

/** The last whole line that a script has said. */
function lastOf(said: string): number {
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
}
