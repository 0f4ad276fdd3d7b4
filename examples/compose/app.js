import { createServer } from 'node:http'
import { Metrics } from 'pocketmetrics'

// METRICS_STORAGE says where: compose.yaml gives all copies the same Redis, and each answers for all.
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  if (request.method === 'POST' && request.url === '/checkout') {
    metrics.track('revenue', 49, { plan: 'pro' })
    response.writeHead(201).end('{"ok":true}')
  } else if (request.url === '/') {
    response.end(JSON.stringify({ container: process.env.HOSTNAME ?? 'none', pid: process.pid }))
  } else {
    response.writeHead(404).end('{"error":"not found"}')
  }
})
const metrics = new Metrics(server)

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics`)
})
