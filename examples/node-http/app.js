import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { Metrics } from 'pocketmetrics'

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(500).end())
})
// node:http knows no routes: numbers, UUIDs and the like in a path become `:id`. The option `route` names them yourself.
const metrics = new Metrics(server)

async function answer(request, response) {
  response.setHeader('content-type', 'application/json')
  if (request.url.startsWith('/users/')) {
    response.end(JSON.stringify({ id: request.url.slice('/users/'.length) }))
  } else if (request.method === 'POST' && request.url === '/checkout') {
    const { amount, plan } = await json(request)
    metrics.track('revenue', amount, { plan })
    response.writeHead(201).end('{"ok":true}')
  } else if (request.url === '/broken') {
    throw new Error('the shelf is empty')
  } else {
    response.writeHead(404).end('{"error":"not found"}')
  }
}

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics`)
})
