import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Metrics } from '../../src/index.ts'

/** One life of an app: a request, a tracked value, and what the metrics say of them. */
async function live(
  storage: string
): Promise<{ requests: number | null; revenue: number | null; snapshot: { status: number } }> {
  const server = createServer((_request, response) => response.end('hello'))
  const metrics = new Metrics(server, { storage })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await (await fetch(`${origin}/`)).text()
  metrics.track('revenue', 49, { plan: 'pro' })
  await metrics.flush()
  const requests = await metrics.query({ metric: 'http_requests', from: '1h' })
  const revenue = await metrics.query({ metric: 'revenue', from: '1h' })
  const { status } = await fetch(`${origin}/metrics`)
  await metrics.close()
  server.closeAllConnections()
  server.close()
  return { requests: requests.total, revenue: revenue.total, snapshot: { status } }
}

test('an app counts from the first request', async () => {
  assert.deepEqual(await live('memory://'), { requests: 1, revenue: 49, snapshot: { status: 200 } })
})

test('a SQLite file keeps the numbers over a restart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  assert.deepEqual(await live(storage), { requests: 1, revenue: 49, snapshot: { status: 200 } })
  assert.deepEqual(await live(storage), { requests: 2, revenue: 98, snapshot: { status: 200 } })
})
