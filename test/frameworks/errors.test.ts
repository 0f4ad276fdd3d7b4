import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import fastify from 'fastify'
import { Hono } from 'hono'
import { Metrics } from '../../src/index.ts'

const require = createRequire(import.meta.url)

interface Listed {
  readonly type: string
  readonly message: string
  readonly endpoint: string | null
  readonly count: number
}

/** Calls each path, then asks for the errors. */
async function listed(server: Server, paths: readonly string[]): Promise<{ statuses: number[]; errors: Listed[] }> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const statuses: number[] = []
  for (const path of paths) {
    const response = await fetch(base + path)
    await response.text()
    statuses.push(response.status)
  }
  await new Promise((resolve) => setTimeout(resolve, 30))
  const body = (await (await fetch(`${base}/metrics/errors`)).json()) as { data: Listed[] }
  server.closeAllConnections()
  server.close()
  return { statuses, errors: body.data }
}

const OPTIONS = { storage: 'memory://', log: () => undefined } as const

interface ExpressLike extends RequestListener {
  get(
    path: string,
    handle: (request: unknown, response: { status(code: number): { send(body: string): void } }) => unknown
  ): unknown
  use(layer: unknown): unknown
}

for (const version of ['express4', 'express51', 'express'] as const) {
  test(`${version}: what handlers throw is listed with its type and endpoint, also when the app answers it itself`, async () => {
    const app = (require(version) as () => ExpressLike)()
    const metrics = new Metrics(app, OPTIONS)
    app.get('/users/:id', () => {
      throw new TypeError('no such user')
    })
    app.use(
      (
        _error: unknown,
        _request: unknown,
        response: { status(code: number): { send(body: string): void } },
        _next: unknown
      ) => response.status(503).send('sorry')
    )
    const { statuses, errors } = await listed(createServer(app), ['/users/1', '/users/2'])
    assert.deepEqual(statuses, [503, 503])
    assert.deepEqual(
      errors.map(({ type, message, endpoint, count }) => [type, message, endpoint, count]),
      [['TypeError', 'no such user', '/users/:id', 2]]
    )
    await metrics.close()
  })
}

test('fastify: thrown and rejected errors are listed, those of children too', async () => {
  const app = fastify()
  const metrics = new Metrics(app, OPTIONS)
  app.get('/sync', () => {
    throw new RangeError('too far')
  })
  app.register(async (child) => {
    child.get('/async', async () => Promise.reject(new Error('later')))
  })
  app.get('/bad', async () => Promise.reject(Object.assign(new Error('mine'), { statusCode: 400 })))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { statuses, errors } = await listed(app.server, ['/sync', '/async', '/bad'])
  assert.deepEqual(statuses, [500, 500, 400])
  const listing = new Map(errors.map(({ type, endpoint }) => [type, endpoint]))
  assert.deepEqual(
    listing,
    new Map([
      ['RangeError', '/sync'],
      ['Error', '/async'],
    ])
  )
  await metrics.close()
  await app.close()
})

test('hono: thrown errors are listed, with or without a handler of the app', async () => {
  const app = new Hono()
  const metrics = new Metrics(app, OPTIONS)
  app.get('/boom', () => {
    throw new Error('boom')
  })
  app.onError((_error, c) => c.text('sorry', 500))
  const { statuses, errors } = await listed(createAdaptorServer({ fetch: app.fetch }) as Server, ['/boom'])
  assert.deepEqual(statuses, [500])
  assert.deepEqual(
    errors.map(({ type, message, endpoint }) => [type, message, endpoint]),
    [['Error', 'boom', '/boom']]
  )
  await metrics.close()
})

test('where nobody tells what was thrown, a 5xx answer is listed by its endpoint', async () => {
  const server = createServer((_request, response) => {
    response.statusCode = 502
    response.end()
  })
  const metrics = new Metrics(server, OPTIONS)
  const { errors } = await listed(server, ['/up/1', '/up/2'])
  assert.deepEqual(
    errors.map(({ type, message, count }) => [type, message, count]),
    [['HTTP 502', 'GET /up/:id answered 502', 2]]
  )
  await metrics.close()
})
