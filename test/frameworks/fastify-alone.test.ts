import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import fastify from 'fastify'
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
