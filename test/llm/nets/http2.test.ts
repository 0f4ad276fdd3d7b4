import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http2, { type ClientHttp2Stream, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type * as Undici from 'undici'
import { captured, Eye, route, until } from './world.ts'

interface Served {
  readonly origin: string
  readonly server: Http2SecureServer
}

/** A server that speaks HTTP/2 and, to whoever asks for it, HTTP/1.1. */
async function secure(t: TestContext, answer?: (stream: ServerHttp2Stream) => void): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=a']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const server = http2.createSecureServer({ key: readFileSync(key), cert: readFileSync(cert), allowHTTP1: true })
  rmSync(folder, { recursive: true })
  if (answer) {
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined)
      answer(stream)
    })
  } else server.on('request', (request, response) => response.end(`HTTP/${request.httpVersion}`))
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  server.on('secureConnection', (socket) => sessions.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

function connected(t: TestContext, origin: string): http2.ClientHttp2Session {
  const session = http2.connect(origin, { rejectUnauthorized: false })
  session.on('error', () => undefined)
  t.after(() => session.destroy())
  return session
}

function invoke(session: http2.ClientHttp2Session, path = '/v1/model/m/invoke'): ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', ':path': path, 'x-key': 'k' })
  stream.on('error', () => undefined)
  stream.end('{"a":1}')
  return stream
}

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  let text = ''
  for await (const piece of stream.setEncoding('utf8')) text += piece as string
  return text
}

test('a client of node:http2 is told, with whose call it was', async (t) => {
  const { origin } = await secure(t, (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' })
    stream.write('{"usage"')
    setTimeout(() => stream.end(':1}'), 5)
  })
  const eye = new Eye(t)
  const session = connected(t, origin)
  const call = (at: number): Promise<string> =>
    route.run(`route ${at % 6}`, () => textOf(invoke(session, `/v1/${at % 6}`)))
  const texts = await Promise.all(Array.from({ length: 60 }, (_, at) => call(at)))
  assert.deepEqual([...new Set(texts)], ['{"usage":1}'])
  await until(() => eye.all.every((told) => told.endings.length > 0))
  assert.equal(eye.all.length, 60)
  for (const told of eye.all) {
    assert.equal(told.origin, `route ${told.asked.url.at(-1)}`)
    assert.deepEqual(
      [told.asked.method, told.asked.url.slice(0, -1), told.asked.header('x-key'), told.status, told.type],
      ['POST', `${origin}/v1/`, 'k', 200, 'application/json']
    )
    assert.deepEqual([told.text, told.endings], ['{"usage":1}', ['whole']])
  }
  session.destroy()
})

test('compressed streams are told decoded; empty ones end', async (t) => {
  const { origin } = await secure(t, (stream) => {
    stream.respond({ ':status': 200, 'content-encoding': 'gzip' })
    stream.end(gzipSync('packed'))
  })
  const eye = new Eye(t)
  await textOf(invoke(connected(t, origin)))
  assert.equal((await eye.one()).text, 'packed')
  eye.detach()
  const other = new Eye(t)
  const empty = await secure(t, (stream) => stream.respond({ ':status': 204 }, { endStream: true }))
  await textOf(invoke(connected(t, empty.origin)))
  const told = await other.one()
  assert.deepEqual([told.status, told.endings], [204, ['whole']])
})

test('leaving a stream, and a connection that breaks, are told apart', async (t) => {
  const streams: ServerHttp2Stream[] = []
  const { origin } = await secure(t, (stream) => {
    streams.push(stream)
    stream.respond({ ':status': 200 })
    stream.write('begun')
  })
  for (const [leave, ending] of [
    [(stream: ClientHttp2Stream) => stream.close(http2.constants.NGHTTP2_CANCEL), 'left'],
    [(stream: ClientHttp2Stream) => stream.destroy(), 'left'],
    [() => streams.at(-1)!.session!.destroy(), 'failed'],
    [() => streams.at(-1)!.destroy(new Error('broken')), 'failed'],
  ] as const) {
    const eye = new Eye(t)
    const stream = invoke(connected(t, origin))
    await once(stream, 'data')
    leave(stream)
    const told = await eye.one()
    assert.deepEqual([told.text, told.endings], ['begun', [ending]])
    eye.detach()
  }
})

test('undici over HTTP/2 is told once, though it passes through two nets', async (t) => {
  const { origin } = await secure(t)
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  })
  const calls: (() => Promise<string>)[] = [
    async () => (await fetch(`${origin}/v1/x`)).text(),
    async () => (await captured(`${origin}/v1/x`)).text(),
  ]
  for (const name of Number.parseInt(process.versions.node, 10) < 24 ? ['undici7'] : ['undici7', 'undici']) {
    const undici = (await import(name)) as Pick<typeof Undici, 'request' | 'fetch' | 'Agent'>
    const dispatcher = new undici.Agent({ allowH2: true, connect: { rejectUnauthorized: false } })
    t.after(() => dispatcher.destroy())
    calls.push(async () => (await undici.request(`${origin}/v1/x`, { dispatcher })).body.text())
    calls.push(async () => (await undici.fetch(`${origin}/v1/x`, { dispatcher })).text())
  }
  for (const call of calls) {
    const eye = new Eye(t)
    const text = await call()
    const told = await eye.one()
    assert.deepEqual([told.status, told.text, told.endings], [200, text, ['whole']])
    eye.detach()
  }
})

test('node:https is told with the URL that it asked', async (t) => {
  const { origin } = await secure(t)
  const eye = new Eye(t)
  const request = https.get(`${origin}/v1/x`, { rejectUnauthorized: false, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  const told = await eye.one()
  assert.deepEqual([told.asked.url, told.text], [`${origin}/v1/x`, 'HTTP/1.1'])
})

test('after the last watcher has left, sessions are what they were', async (t) => {
  const { origin } = await secure(t)
  const eye = new Eye(t)
  const session = connected(t, origin)
  eye.detach()
  const { request } = Object.getPrototypeOf(session) as { request: { name: string } }
  assert.equal(await textOf(invoke(session)), 'HTTP/2.0')
  new Eye(t).detach()
  assert.equal((Object.getPrototypeOf(session) as { request: unknown }).request, request)
  assert.equal(eye.all.length, 0)
})
