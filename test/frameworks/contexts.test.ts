import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { origins } from '../../src/llm/origin.ts'
import type { Context } from '../../src/server/target.ts'
import { get, listen, raw, Recorder, shut, until } from './world.ts'

/** What the store of contexts says now: the endpoint, read when it is asked for. */
const here = (): Context | undefined => origins().getStore() as Context | undefined

interface Seen {
  readonly id: string
  readonly where: string
  readonly context: Context | undefined
}

/** An app with a route that takes a body and notes, at every step of its work, in whose context it is. */
type Make = (note: (id: string, where: string) => void) => { readonly app: unknown; serve(): Server | Promise<Server> }

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 4))

/** What an app may do: at once, after a while, when it has answered. */
async function steps(id: string, note: (id: string, where: string) => void): Promise<string> {
  note(id, 'at once')
  await tick()
  note(id, 'later')
  setTimeout(() => note(id, 'after the answer'), 12)
  return id
}

const APPS: Readonly<Record<string, { readonly template: string; readonly make: Make }>> = {
  'node:http': {
    template: '/tasks/:id',
    make: (note) => {
      const server = createServer((request, response) => {
        const id = (request.url ?? '').split('/')[2]!
        note(id, 'before the body')
        request.on('data', () => note(id, 'a piece'))
        request.on('end', () => void steps(id, note).then((text) => response.end(text)))
      })
      return { app: server, serve: () => server }
    },
  },
  express: {
    template: '/tasks/:id',
    make: (note) => {
      const app = express()
      app.use(express.json())
      app.all('/tasks/:id', (request, response, next) => {
        steps(String(request.params['id']), note).then((text) => response.send(text), next)
      })
      return { app, serve: () => createServer(app) }
    },
  },
  fastify: {
    template: '/tasks/:id',
    make: (note) => {
      const app = Fastify()
      app.all('/tasks/:id', (request) => steps((request.params as { id: string }).id, note))
      const serve = async (): Promise<Server> => {
        await app.ready()
        return app.server
      }
      return { app, serve }
    },
  },
  hono: {
    template: '/tasks/:id',
    make: (note) => {
      const app = new Hono()
      app.all('/tasks/:id', async (c) => {
        if (c.req.method === 'POST') await c.req.json()
        return c.text(await steps(c.req.param('id'), note))
      })
      return { app, serve: () => createAdaptorServer({ fetch: app.fetch }) as Server }
    },
  },
}

async function world(t: TestContext, make: Make): Promise<{ seen: Seen[]; port: number; recorder: Recorder }> {
  const seen: Seen[] = []
  const made = make((id, where) => void seen.push({ id, where, context: here() }))
  const recorder = new Recorder(made.app, { contexts: origins() })
  const server = await made.serve()
  const port = await listen(server)
  t.after(async () => {
    recorder.detach()
    await shut(server)
  })
  return { seen, port, recorder }
}

/** Posts a body in pieces on a connection that is kept, so that the parser gives them one by one. */
async function posts(port: number, ids: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true)
  let got = ''
  socket.on('data', (piece: string) => (got += piece))
  for (const [at, id] of ids.entries()) {
    const body = JSON.stringify({ id, filling: 'x'.repeat(40_000) })
    const head = `POST /tasks/${id} HTTP/1.1\r\nHost: app.test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    socket.write(head + body.slice(0, 20))
    await tick()
    socket.write(body.slice(20))
    await until(() => got.split('HTTP/1.1 200').length === at + 2, `no answer to ${id}: ${got.slice(0, 200)}`)
  }
  socket.destroy()
}

for (const [name, { template, make }] of Object.entries(APPS)) {
  test(`${name}: what a request sets off stays in its context, through its body and after its answer`, async (t) => {
    const { seen, port } = await world(t, make)
    const lists = Array.from({ length: 10 }, (_, c) => Array.from({ length: 4 }, (_, i) => String(c * 10 + i + 1)))
    await Promise.all(lists.map((ids) => posts(port, ids)))
    await Promise.all(lists.flat().map((id) => raw(port, get(`/tasks/${Number(id) + 500}`))))
    await until(() => seen.filter(({ where }) => where === 'after the answer').length === 80, 'the work never ended')
    const lost = seen.filter(({ context }) => context === undefined)
    assert.deepEqual([...new Set(lost.map(({ where }) => where))], [], 'no context')
    const byId = new Map<string, Set<unknown>>()
    for (const { id, context } of seen) byId.set(id, (byId.get(id) ?? new Set()).add(context))
    assert.ok(
      [...byId.values()].every((contexts) => contexts.size === 1),
      'one request, one context'
    )
    assert.equal(new Set([...byId.values()].flatMap((contexts) => [...contexts])).size, 80, 'one context, one request')
    assert.deepEqual([...new Set(seen.map(({ context }) => context?.endpoint))], [template])
  })
}

test('nothing of a request is left where none is: between requests, in connections, in timers of the app', async (t) => {
  const between: unknown[] = []
  const server = createServer((_request, response) => response.end('ok'))
  server.on('connection', (socket) => {
    between.push(here())
    socket.on('close', () => between.push(here()))
  })
  const recorder = new Recorder(server, { contexts: origins() })
  const port = await listen(server)
  t.after(() => shut(server))
  t.after(() => recorder.detach())
  const timer = setInterval(() => between.push(here()), 1)
  for (let i = 0; i < 5; i++) await raw(port, get('/tasks/1'))
  clearInterval(timer)
  assert.ok(between.length > 5)
  // Before Node 24 the end of a connection has the context of its last request.
  assert.deepEqual([...new Set(between.filter((context) => context !== undefined && !(context as Context).done))], [])
  assert.equal(here(), undefined)
})

test('an app that emits a request itself gets its own context back', async (t) => {
  const server = createServer((request, response) => {
    assert.equal(here()?.endpoint, '/inside')
    response.end(request.url)
  })
  const recorder = new Recorder(server, { contexts: origins() })
  t.after(() => recorder.detach())
  const app = Fastify({ serverFactory: (handler) => server.removeAllListeners('request').on('request', handler) })
  let inside: Context | undefined
  app.get('/inside', async () => {
    inside = here()
    return 'yes'
  })
  await app.ready()
  // Without a connection: what light-my-request makes is emitted on no server, so nothing is opened.
  assert.equal((await app.inject('/inside')).body, 'yes')
  assert.equal(inside, undefined)
  const request = { url: '/inside', method: 'GET', headers: {}, socket: {}, httpVersion: '1.1' }
  const response = { writeHead: () => undefined, on: () => undefined, end: () => undefined, setHeader: () => undefined }
  let during: Context | undefined
  server.removeAllListeners('request').on('request', () => (during = here()))
  server.emit('request', request as unknown as IncomingMessage, response as unknown as ServerResponse)
  assert.notEqual(during, undefined)
  assert.equal(here(), undefined, 'what emitted goes on as before')
})

test('without anybody who wants contexts none is opened, also after the last one has gone', async (t) => {
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    request.on('end', () => seen.push(here()))
    request.resume()
    seen.push(here())
    response.end('ok')
  })
  const wanting = new Recorder(server, { contexts: origins() })
  const port = await listen(server)
  t.after(() => shut(server))
  await raw(port, get('/'))
  wanting.detach()
  const plain = new Recorder(server)
  t.after(() => plain.detach())
  await raw(port, get('/'))
  assert.deepEqual([seen[0] !== undefined, seen[2]], [true, undefined])
})

test('a pipelined request has its own context', async (t) => {
  const { seen, port } = await world(t, APPS['node:http']!.make)
  const post = (id: string): string => `POST /tasks/${id} HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody`
  const answered = (got: string): boolean => got.split('HTTP/1.1 200').length === 4
  await raw(port, post('1') + post('2') + post('3'), answered)
  await until(() => seen.filter(({ where }) => where === 'after the answer').length === 3, 'the work never ended')
  const contexts = new Map(seen.map(({ id, context }) => [context, id]))
  assert.deepEqual([...contexts.values()].sort(), ['1', '2', '3'])
  assert.ok(!contexts.has(undefined))
})
