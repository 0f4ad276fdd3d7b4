import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from 'pocketmetrics'

const server = createServer((request, response) => {
  if (request.url === '/') response.end('hello\n')
  else response.writeHead(404).end()
})

const key = process.env.METRICS_READ_KEY
const metrics = new Metrics(server, {
  keys: key ? [{ name: 'prometheus', key, scope: 'read' }] : undefined,
  // Not ready before `metrics.started()`.
  health: { start: 'manual', drainDelay: process.env.DRAIN_DELAY ?? '5s' },
})

// All pods ask the same one, so it only warns: `critical` would take all of them out at once.
metrics.check('warehouse', askWarehouse, { impact: 'degraded' })

server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}/metrics`))
// A balancer that keeps connections (an ALB: for 60 s) must be the one that closes them.
server.keepAliveTimeout = 65_000

// Stands for caches to fill, migrations to wait for.
await pause(Number(process.env.WARM_UP_MS ?? 500))
metrics.started()

/** Stands for a question to another service. */
async function askWarehouse(signal) {
  await pause(5, undefined, { signal })
}
