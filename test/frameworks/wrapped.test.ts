import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { get, listen, raw, Recorder, shut } from './world.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function sayings(name: string): Listener {
  const app = express()
  app.get(`/${name}/:id`, (_request, response) => void response.send(name))
  return app as never
}

test('an app inside a function is found at its first request, our routes included', async (t) => {
  const app = sayings('one')
  const recorder = new Recorder(app)
  const server = createServer((request, response) => app(request, response))
  const port = await listen(server)
  t.after(() => shut(server))
  t.after(() => recorder.detach())
  assert.match(await raw(port, get('/metrics')), /ours/)
  await raw(port, get('/one/1'))
  assert.deepEqual(await recorder.requests(), { 'GET /one/:id 200': 1 })
})

test('two apps behind one server each count their own', async (t) => {
  const [one, two] = [sayings('one'), sayings('two')]
  const [ones, twos] = [new Recorder(one), new Recorder(two)]
  const server = createServer((request, response) => (request.url?.startsWith('/one') ? one : two)(request, response))
  const port = await listen(server)
  t.after(() => shut(server))
  t.after(() => [ones, twos].forEach((recorder) => recorder.detach()))
  for (const path of ['/one/1', '/two/1', '/one/2', '/two/2', '/two/3']) await raw(port, get(path))
  assert.deepEqual(await ones.requests(), { 'GET /one/:id 200': 2 })
  assert.deepEqual(await twos.requests(), { 'GET /two/:id 200': 3 })
})

test('an app inside another counts nothing of the outer one’s', async (t) => {
  const inner = sayings('inner')
  const outer = express()
  outer.use('/deep', inner as never)
  const [outers, inners] = [new Recorder(outer), new Recorder(inner)]
  const server = createServer(outer)
  const port = await listen(server)
  t.after(() => shut(server))
  t.after(() => [outers, inners].forEach((recorder) => recorder.detach()))
  await raw(port, get('/deep/inner/1'))
  assert.deepEqual(await outers.requests(), { 'GET /deep/inner/:id 200': 1 })
  assert.deepEqual(await inners.requests(), {})
})

test('a Hono app behind an asynchronous function is found, and asks itself without being counted twice', async (t) => {
  const app = new Hono()
  app.get('/inner', (c) => c.text('inner'))
  app.get('/outer/:id', async (c) => c.text(await (await app.request('/inner')).text()))
  const recorder = new Recorder(app)
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      await Promise.resolve()
      return app.fetch(request, env)
    },
  })
  const port = await listen(server as never)
  t.after(() => shut(server as never))
  t.after(() => recorder.detach())
  assert.match(await raw(port, get('/metrics')), /ours/)
  assert.match(await raw(port, get('/outer/1')), /inner/)
  assert.deepEqual(await recorder.requests(), { 'GET /outer/:id 200': 1 })
})
