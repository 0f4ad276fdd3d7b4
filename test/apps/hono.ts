import type { Server } from 'node:http'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { type Features, type Made, pause, promised, type TestApp } from './app.ts'

type Env = { Bindings: HttpBindings }

export const app: TestApp = {
  name: 'Hono',
  routes: true,
  wrongMethod: 404,
  malformed: 404,
  options: { status: 404, endpoint: 'unmatched' },
  templates: {},
  make,
}

function make(features: Features = {}): Made {
  const app = new Hono<Env>()
  app.onError((_error, c) => c.text('sorry', 500))
  app.use('*', (_c, next) => next())
  app.get('/', (c) => c.text('root'))
  app.get('/users/:id', (c) => c.json({ id: c.req.param('id') }))
  app.post('/orders', (c) => c.text('made', 201))
  app.get('/throw', () => {
    throw new Error('boom')
  })
  app.get('/reject', () => Promise.reject(new Error('boom')))
  app.get('/late', async () => {
    await pause(2)
    throw new Error('boom')
  })
  app.get('/teapot', (c) => c.text('short and stout', 418))
  app.use('/private', async (c) => c.text('no', 401))
  app.get('/private', (c) => c.text('secret'))
  app.get('/stream', () => new Response(ReadableStream.from(parts())))
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: '1' })
      await new Promise<void>((resolve) => stream.onAbort(resolve))
    })
  )
  app.get('/promised', (c) => {
    promised(c.env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  app.get('/slow', async (c) => {
    await pause(400)
    return c.text('late')
  })
  app.get('/healthz', (c) => c.text('well'))
  app.mount('/assets', () => new Response('yes'))
  if (features.metrics === true) app.get('/metrics', (c) => c.text('mine'))
  app.route('/api', nested())
  return { app, serve: () => createAdaptorServer({ fetch: app.fetch }) as Server }
}

async function* parts(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('first ')
  await pause()
  yield new TextEncoder().encode('second')
}

function nested(): Hono<Env> {
  const orgs = new Hono<Env>()
  orgs.get('/teams/:team', (c) => c.text('yes'))
  orgs.get('/boom', () => {
    throw new Error('boom')
  })
  return new Hono<Env>().route('/orgs/:org', orgs)
}
