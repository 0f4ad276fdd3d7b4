import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { app } from '../apps/fastify.ts'
import { get, raw, Recorder, start } from './world.ts'

test('a hook that was set before us and refuses leaves the route its name', async (t) => {
  const { port, recorder } = await start(t, app)
  assert.match(await raw(port, get('/private')), /^HTTP\/1.1 401/)
  assert.deepEqual(await recorder.requests(), { 'GET /private 401': 1 })
})

test('plugins loaded before us and after us have their routes named', async (t) => {
  const server = fastify()
  await server.register(async (one) => one.get('/before/:id', () => 'x'))
  const recorder = new Recorder(server)
  await server.register(async (two) => two.get('/after/:id', () => 'x'))
  t.after(() => server.close())
  t.after(() => recorder.detach())
  const port = Number(new URL(await server.listen()).port)
  for (const path of ['/before/1', '/after/1']) await raw(port, get(path))
  assert.deepEqual(await recorder.requests(), { 'GET /before/:id 200': 1, 'GET /after/:id 200': 1 })
})

test('listening on localhost means two servers, and both are counted', async (t) => {
  const server = fastify()
  server.get('/users/:id', () => 'x')
  const recorder = new Recorder(server)
  t.after(() => server.close())
  t.after(() => recorder.detach())
  await server.listen({ host: 'localhost', port: 0 })
  const addresses = server.addresses() as AddressInfo[]
  for (const { address, port, family } of addresses) {
    await fetch(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}/users/1`)
  }
  assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': addresses.length })
})

test('inject() is not a request', async (t) => {
  const server = fastify()
  server.get('/', () => 'x')
  const recorder = new Recorder(server)
  t.after(() => server.close())
  t.after(() => recorder.detach())
  assert.equal((await server.inject('/')).statusCode, 200)
  assert.deepEqual(await recorder.requests(), {})
})

test('an instance made while the app listens knows the route of what a hook refuses, too', async (t) => {
  const server = fastify()
  server.addHook('onRequest', async (_request, reply) => reply.code(401).send('no'))
  server.get('/users/:id', () => 'x')
  t.after(() => server.close())
  const port = Number(new URL(await server.listen()).port)
  const recorder = new Recorder(server)
  t.after(() => recorder.detach())
  await raw(port, get('/users/1'))
  assert.deepEqual(await recorder.requests(), { 'GET /users/:id 401': 1 })
})

test('what the app says in its log stays as it was, and two apps may share a log', async (t) => {
  const said: string[] = []
  class Own extends LogController {
    override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
      assert.equal(this, own)
      said.push(`${request.method} ${request.url} ${reply.sent}`)
    }
  }
  const own = new Own()
  const counted: object[] = []
  for (const path of ['/one/:id', '/two/:id']) {
    const server = fastify({ logController: own })
    server.get(path, () => 'x')
    const recorder = new Recorder(server)
    t.after(() => server.close())
    t.after(() => recorder.detach())
    await raw(Number(new URL(await server.listen()).port), get(path.replace(':id', '1')))
    counted.push(await recorder.requests())
  }
  assert.deepEqual(said, ['GET /one/1 false', 'GET /two/1 false'])
  assert.deepEqual(counted, [{ 'GET /one/:id 200': 1 }, { 'GET /two/:id 200': 1 }])
})

test('with a log that cannot be listened to, a hook names the routes', async (t) => {
  const server = fastify({ logController: Object.freeze(new LogController()) })
  server.get('/users/:id', () => 'x')
  const recorder = new Recorder(server)
  t.after(() => server.close())
  t.after(() => recorder.detach())
  await raw(Number(new URL(await server.listen()).port), get('/users/1'))
  assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': 1 })
})

test('an instance made in a plugin names the routes of that plugin', async (t) => {
  const server = fastify()
  let recorder: Recorder | undefined
  await server.register(async (plugin) => {
    recorder = new Recorder(plugin)
    plugin.get('/users/:id', () => 'x')
  })
  t.after(() => server.close())
  t.after(() => recorder?.detach())
  await raw(Number(new URL(await server.listen()).port), get('/users/1'))
  assert.deepEqual(await recorder?.requests(), { 'GET /users/:id 200': 1 })
})
