import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http, { createServer, ServerResponse, type IncomingMessage } from 'node:http'
import { createServer as createSecure, request as requestSecure } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { get, listen, raw, Recorder, shut, until } from '../frameworks/world.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

async function serving(
  t: TestContext,
  listener: Listener
): Promise<{ recorder: Recorder; port: number; server: http.Server }> {
  const server = createServer(listener)
  const recorder = new Recorder(server)
  const port = await listen(server)
  t.after(() => shut(server))
  t.after(() => recorder.detach())
  return { recorder, port, server }
}

test('an https server is counted, by an instance that was given nothing too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=a']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const server = createSecure({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
    response.end('x')
  )
  const recorder = new Recorder(undefined)
  t.after(() => recorder.detach())
  const port = await listen(server)
  t.after(() => shut(server))
  const get = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = requestSecure(
        { port, path, host: '127.0.0.1', rejectUnauthorized: false, agent: false },
        (response) => {
          let got = ''
          response.setEncoding('utf8').on('data', (piece: string) => (got += piece))
          response.on('end', () => resolve(got))
        }
      )
      asked.on('error', reject).end()
    })
  assert.deepEqual([await get('/things/1'), await get('/metrics')], ['x', 'ours'])
  assert.deepEqual(await recorder.requests(), { 'GET /things/:id 200': 1 })
  assert.ok((await recorder.rows('http_response_bytes'))[0]!.total > 0)
})

test('a second copy of the package shares the hook, and takes an app over', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(import.meta.dirname, '../../src'), join(folder, 'src'), { recursive: true })
  cpSync(join(import.meta.dirname, '../frameworks/world.ts'), join(folder, 'test/frameworks/world.ts'))
  const url = pathToFileURL(join(folder, 'test/frameworks/world.ts')).href
  const copy = (await import(url)) as { Recorder: typeof Recorder }
  assert.notEqual(copy.Recorder, Recorder)

  const first = await serving(t, (_request, response) => response.end('x'))
  const { emit } = http.Server.prototype as { emit: unknown }
  const second = new copy.Recorder(first.server)
  t.after(() => second.detach())
  assert.equal((http.Server.prototype as { emit: unknown }).emit, emit)
  await raw(first.port, get('/a'))
  assert.deepEqual(await second.requests(), { 'GET /a 200': 1 })
  assert.deepEqual(await first.recorder.requests(), {})
  second.detach()
  const third = new Recorder(first.server)
  t.after(() => third.detach())
  await raw(first.port, get('/b'))
  assert.deepEqual(await third.requests(), { 'GET /b 200': 1 })
})

test('a socket made of JavaScript, which knows no bytes, is counted without sizes', async (t) => {
  const { recorder, server } = await serving(t, (_request, response) => response.end('x'))
  let got = ''
  const socket = new Duplex({
    read: () => undefined,
    write(piece: Buffer, _encoding, done) {
      got += piece.toString()
      done()
    },
  })
  Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket, setKeepAlive: () => socket })
  server.emit('connection', socket)
  socket.push(get('/users/12'))
  await until(() => got.endsWith('x'), 'no answer')
  assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': 1 })
  assert.deepEqual(await recorder.rows('http_request_bytes'), [])
  assert.deepEqual(recorder.faults, [])
})

test('writeHead twice, an early hint and a late header are one request with the first head', async (t) => {
  const { recorder, port } = await serving(t, (_request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    response.writeHead(202)
    assert.throws(() => response.writeHead(500), { code: 'ERR_HTTP_HEADERS_SENT' })
    assert.throws(() => response.setHeader('late', '1'), { code: 'ERR_HTTP_HEADERS_SENT' })
    response.end('x')
  })
  assert.match(await raw(port, get('/a')), /103 Early Hints.*202 Accepted/s)
  assert.deepEqual(await recorder.requests(), { 'GET /a 202': 1 })
})

test('a head that Node refuses does not count as begun', async (t) => {
  const { recorder, port } = await serving(t, (_request, response) => {
    assert.throws(() => response.writeHead(200, { bad: 'a\nb' }))
    setTimeout(() => response.writeHead(500).end(), 30)
  })
  await raw(port, get('/a'))
  assert.ok((await recorder.rows('http_ttfb_ms'))[0]!.total > 25_000)
})

test('an answer destroyed by the app is aborted, and the app’s own exception stays its own', async (t) => {
  const { recorder, port, server } = await serving(t, (_request, response) => {
    response.destroy()
    throw new Error('mine')
  })
  const errors: unknown[] = []
  const original = server.listeners('request')[0] as Listener
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    try {
      original(request, response)
    } catch (error) {
      errors.push(error)
    }
  })
  await raw(port, get('/a'))
  assert.deepEqual(await recorder.requests(), { 'GET /a 499': 1 })
  assert.match(String(errors), /mine/)
})

test('a request that an app hands from one server to another is counted once', async (t) => {
  const inner = createServer((_request, response) => response.end('x'))
  const { recorder, port } = await serving(t, (request, response) => inner.emit('request', request, response))
  const everywhere = new Recorder(undefined)
  t.after(() => everywhere.detach())
  await raw(port, get('/a'))
  assert.deepEqual(await recorder.requests(), { 'GET /a 200': 1 })
  assert.deepEqual(await everywhere.requests(), {})
})

test('our answer fails: 503, and the app goes on', async (t) => {
  const server = createServer((_request, response) => response.end('x'))
  const broken = { handles: () => true, word: () => undefined, respond: () => Promise.reject(new Error('broken')) }
  const recorder = new Recorder(server, { api: broken })
  t.after(() => recorder.detach())
  const port = await listen(server)
  t.after(() => shut(server))
  assert.match(await raw(port, get('/metrics')), /^HTTP\/1.1 503/)
  assert.match(await raw(port, get('/a')), /^HTTP\/1.1 200/)
  assert.equal(recorder.faults.length, 1)
})

test('a long answer is sent piece by piece, as the client takes it', async (t) => {
  const server = createServer()
  let made = 0
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; made < 200; made++) yield Buffer.alloc(100_000, 'x')
  }
  const respond = async (): Promise<never> => ({ status: 200, headers: {}, body: pieces() }) as never
  const recorder = new Recorder(server, { api: { handles: () => true, word: () => undefined, respond } })
  t.after(() => recorder.detach())
  const port = await listen(server)
  t.after(() => shut(server))
  const got = await raw(port, get('/metrics/export'), (text) => text.length > 200_000)
  assert.ok(got.length > 200_000 && made < 200, String(made))
})

test('what is hooked looks as Node made it', () => {
  const before = new ServerResponse({ method: 'GET' } as IncomingMessage)
  new Recorder(createServer()).detach()
  const names = ['write', 'end', 'flushHeaders', 'detachSocket'] as const
  const hooked = [
    Reflect.get(http.Server.prototype, 'emit'),
    ...names.map((name) => Reflect.get(ServerResponse.prototype, name)),
  ]
  const shape = (hooked as { name: string; length: number }[]).map(({ name, length }) => `${name} ${length}`)
  assert.deepEqual(shape, ['emit 1', 'write 3', 'end 3', 'flushHeaders 0', 'detachSocket 1'])
  assert.deepEqual(
    Object.keys(http.Server.prototype).filter((key) => key === 'emit'),
    []
  )
  assert.equal(Object.keys(before).includes('end'), false)
})

test('a connection that the app takes for itself is no client that left, and nothing stays in flight', async (t) => {
  const { recorder, port } = await serving(t, (request, response) => {
    const { socket } = request
    response.detachSocket(socket)
    socket.end('HTTP/1.1 101 Mine\r\n\r\nhello')
  })
  assert.match(await raw(port, get('/taken')), /hello/)
  await until(() => recorder.http.active === 0, 'something stays in flight')
  assert.deepEqual(await recorder.requests(), { 'GET /taken 200': 1 })
  assert.deepEqual(await recorder.rows('http_latency_ms'), [])
})

test('the first byte of an answer is its own moment when the rest comes later, and the last one when there is no rest', async (t) => {
  const { recorder, port } = await serving(t, (request, response) => {
    if (request.url === '/whole') return void setTimeout(() => response.end('all'), 40)
    response.write('first')
    setTimeout(() => response.end('last'), 40)
  })
  for (const path of ['/whole', '/parts']) await raw(port, get(path))
  await until(() => recorder.http.active === 0, 'something stays in flight')
  const [first, all] = await Promise.all(['http_ttfb_ms', 'http_latency_ms'].map((name) => recorder.rows(name)))
  const sum = (rows: typeof first, endpoint: string): number =>
    rows!.filter(({ labels }) => labels['endpoint'] === endpoint).reduce((total, row) => total + row.total, 0)
  assert.equal(sum(first, '/whole'), sum(all, '/whole'))
  assert.ok(sum(all, '/parts') - sum(first, '/parts') > 30_000)
})
