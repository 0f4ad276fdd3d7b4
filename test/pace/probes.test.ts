import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'

const PROBES = 10_000
const ROUNDS = 4

/** Ten thousand probes from another process, on so many connections. */
async function flooded(t: TestContext, port: number, connections: number): Promise<[statuses: object, ms: number]> {
  const child = fork(new URL('../health/flood.ts', import.meta.url), [port, PROBES, connections].map(String))
  t.after(() => child.kill('SIGKILL'))
  const [{ statuses, slowest }] = (await once(child, 'message')) as [{ statuses: object; slowest: number }]
  return [statuses, slowest]
}

test('10,000 probes on their way at once, while no check ever settles: each is answered within a second', async (t) => {
  const server = createServer((_request, response) => response.end('app'))
  const metrics = new Metrics(server, { storage: 'memory://', health: { interval: '1s' }, log: () => undefined })
  t.after(() => metrics.close())
  let runs = 0
  for (let index = 0; index < 20; index++) {
    metrics.check(
      `dead ${index}`,
      () => {
        runs++
        return new Promise(() => undefined)
      },
      { timeout: '100ms' }
    )
  }
  server.listen(0, '127.0.0.1', 1024)
  await once(server, 'listening')
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  while (metrics.health.state !== 'notReady') await pause(10)
  const { port } = server.address() as AddressInfo
  for (const connections of [100, 1_000]) {
    const times: number[] = []
    // A machine that others use, too, is quiet in one of some rounds.
    while (times.length < ROUNDS && !times.some((ms) => ms < 1_000)) {
      const [statuses, slowest] = await flooded(t, port, connections)
      assert.deepEqual(statuses, { 503: PROBES })
      times.push(slowest)
    }
    assert.ok(Math.min(...times) < 1_000, `${times.join(', ')} ms on ${connections} connections`)
  }
  assert.equal(runs, 20)
})
