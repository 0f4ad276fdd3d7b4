import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createRaw } from 'node:net'
import { test, type TestContext } from 'node:test'
import { httpCheck, type HttpTarget } from '../../../src/health/checks/http.ts'
import { outcomeOf, outcomeOfError } from '../../../src/health/outcome.ts'
import { World } from '../world.ts'

async function serving(t: TestContext, answer: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`, server }
}

/** What one run says: status and code. */
async function said(target: HttpTarget, signal: AbortSignal = AbortSignal.timeout(5_000)): Promise<unknown[]> {
  const { status, code } = await new Promise((resolve) => resolve(httpCheck('check', target)(signal))).then(
    outcomeOf,
    outcomeOfError
  )
  return [status, code]
}

test('200 to 299 pass; a redirect is not followed and fails, as everything else does', async (t) => {
  const asked: string[] = []
  const { url } = await serving(t, ({ url: path, method }, response) => {
    asked.push(`${method} ${path}`)
    response.writeHead(Number(path!.slice(1)), { location: '/200' }).end('x')
  })
  const at = (status: number): string => new URL(`/${status}`, url).href
  for (const status of [200, 204, 299]) assert.deepEqual(await said({ http: at(status) }), ['pass', null])
  for (const status of [301, 302, 304, 404, 500, 503]) {
    assert.deepEqual(await said({ http: at(status) }), ['fail', `http_${status}`])
  }
  assert.equal(asked.length, 9)
  assert.deepEqual(await said({ http: new URL(at(401)), expect: [200, 401], method: 'HEAD' }), ['pass', null])
  assert.deepEqual(await said({ http: at(200), expect: 302 }), ['fail', 'http_200'])
  assert.equal(asked.at(-2), 'HEAD /401')
})

test('the body of 50 MB is not read', async (t) => {
  let written = 0
  const { url } = await serving(t, (_request, response) => {
    const chunk = Buffer.alloc(1_000_000)
    const more = (): void => {
      while (written < 50 && !response.destroyed) {
        written++
        if (!response.write(chunk)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  assert.deepEqual(await said({ http: url }), ['pass', null])
  assert.ok(written < 25, `${written} MB`)
})

test('a short answer leaves its connection open for the next run', async (t) => {
  const { url, server } = await serving(t, (_request, response) => response.end('fine'))
  let connections = 0
  server.on('connection', () => connections++)
  for (let run = 0; run < 5; run++) assert.deepEqual(await said({ http: url }), ['pass', null])
  assert.equal(connections, 1)
})

test('a connection that the other side has closed meanwhile is no failure', async (t) => {
  const { url, server } = await serving(t, (_request, response) => response.end('fine'))
  // The second request on a connection finds it closed, as when both sides move at once.
  server.on('connection', (socket: Socket) => {
    let requests = 0
    socket.on('data', () => (++requests === 2 ? socket.resetAndDestroy() : undefined))
  })
  for (let run = 0; run < 4; run++) assert.deepEqual(await said({ http: url }), ['pass', null])
})

test('what hangs is a timeout, before the head and in a short body, and nothing is left open', async (t) => {
  const sockets = new Set<Socket>()
  const { url, server } = await serving(t, (request, response) => {
    if (request.url === '/ping') return
    response.writeHead(200, { 'content-length': '10' }).write('slow')
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  for (const path of ['/ping', '/trickle']) {
    const timeout = AbortSignal.timeout(100)
    assert.deepEqual(await said({ http: new URL(path, url).href }, timeout), ['fail', 'timeout'])
  }
  while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
})

test('what does not listen, or does not speak HTTP, has the code of that', async (t) => {
  const raw = createRaw((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'))
  raw.listen(0, '127.0.0.1')
  await once(raw, 'listening')
  const { port } = raw.address() as AddressInfo
  t.after(() => raw.close())
  const [status, code] = await said({ http: `http://127.0.0.1:${port}` })
  assert.equal(status, 'fail')
  assert.match(String(code), /^HPE_/)
  await new Promise((resolve) => raw.close(resolve))
  assert.deepEqual(await said({ http: `http://127.0.0.1:${port}` }), ['fail', 'ECONNREFUSED'])
})

test('it is registered by its shape, and a wrong one is named without showing the URL', async (t) => {
  const { url } = await serving(t, (_request, response) => response.writeHead(500).end())
  const world = new World(t)
  world.health.check('rates', { http: url }, { impact: 'degraded' })
  await world.pass(0)
  while (world.row('rates').status === null) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual([world.row('rates').status, world.row('rates').code], ['fail', 'http_500'])
  for (const bad of [
    { http: 'ftp://u:hunter2@host/' },
    { http: 'rates.example' },
    { http: 7 },
    { http: url, method: 'POST' },
    { http: url, expect: [] },
    { http: url, expect: '200' },
    { http: url, expect: [200, 99] },
    { http: url, expects: 200 },
  ]) {
    assert.throws(
      () => world.health.check('bad', bad),
      (error: Error & { code?: string }) =>
        error.code === 'bad_option' && error.message.includes("check 'bad'") && !error.message.includes('hunter2'),
      JSON.stringify(bad)
    )
  }
})
