import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { Metrics } from 'pocketmetrics'

// All workers record into one file, and each of them answers for all.
if (cluster.isPrimary) {
  const workers = Number(process.env.WORKERS ?? availableParallelism())
  for (let i = 0; i < workers; i++) cluster.fork()
  let stopping = false
  cluster.on('exit', () => {
    // What a worker that crashed had not written yet is at most its last second.
    if (!stopping) cluster.fork()
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      stopping = true
      for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal)
    })
  }
} else {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ from: process.pid }))
  })
  const metrics = new Metrics(server)
  metrics.gauge('warm', () => 1)
  server.listen(process.env.PORT ?? 3000, () => {
    console.log(`http://localhost:${server.address().port}/metrics (worker ${process.pid})`)
  })
}
