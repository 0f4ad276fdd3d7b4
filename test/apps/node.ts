import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { events, type Features, type Made, pause, promised, streamed, type TestApp } from './app.ts'

/** A bare `node:http` server. */
export const app: TestApp = {
  name: 'node:http',
  routes: false,
  wrongMethod: 405,
  malformed: 404,
  options: { status: 204, endpoint: '/users/:id' },
  templates: {
    '/api/orgs/:org/teams/:team': '/api/orgs/acme/teams/acme',
    '/api/orgs/:org/boom': '/api/orgs/acme/boom',
    '/assets/*': '/assets/logo.svg',
  },
  make,
}

function make(features: Features = {}): Made {
  const server = createServer((request, response) => {
    answer(features, request, response).catch(() => {
      response.statusCode = 500
      response.end('sorry')
    })
  })
  return { app: server, serve: () => server }
}

async function answer(features: Features, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0]!
  const { method } = request
  if (path === '/') response.end('root')
  else if (method === 'OPTIONS') response.writeHead(204).end()
  else if (path === '/orders') {
    if (method !== 'POST') return void response.writeHead(405).end()
    for await (const _ of request);
    response.writeHead(201).end('made')
  } else if (/^\/users\/\d+$/.test(path)) response.end(JSON.stringify({ id: path.slice(7) }))
  else if (path === '/api/orgs/acme/teams/acme' || path === '/assets/logo.svg') response.end('yes')
  else if (['/throw', '/reject', '/late', '/api/orgs/acme/boom'].includes(path)) {
    if (path === '/late') await pause(2)
    throw new Error('boom')
  } else if (path === '/teapot') response.writeHead(418).end()
  else if (path === '/private') response.writeHead(401).end()
  else if (path === '/stream') await streamed(response)
  else if (path === '/events') events(response)
  else if (path === '/promised') promised(response)
  else if (path === '/slow') {
    await pause(10 * 40)
    response.end('late')
  } else if (path === '/healthz') response.end('well')
  else if (path === '/metrics' && features.metrics === true) response.end('mine')
  else response.writeHead(404).end()
}
