import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { Metrics } from 'pocketmetrics'

// However many of these run, on however many hosts: each answers for all of them.
const server = createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(500).end())
})
const metrics = new Metrics(server, { storage: process.env.METRICS_STORAGE ?? 'redis://localhost:6379?prefix=shop' })

async function answer(request, response) {
  response.setHeader('content-type', 'application/json')
  if (request.method === 'POST' && request.url === '/checkout') {
    const { amount, plan } = await json(request)
    metrics.track('revenue', amount, { plan })
    response.writeHead(201).end('{"ok":true}')
  } else if (request.url === '/') {
    response.end(JSON.stringify({ pid: process.pid }))
  } else {
    response.writeHead(404).end('{"error":"not found"}')
  }
}

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics`)
})
