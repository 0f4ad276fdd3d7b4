import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type * as Undici from 'undici'
import { captured, Eye, json, route, serve, ticking, until } from './world.ts'

type Npm = Pick<typeof Undici, 'fetch' | 'request' | 'stream' | 'Agent' | 'Pool'>

// undici 8 needs Node 22.19.
const names = Number.parseInt(process.versions.node, 10) < 24 ? ['undici7'] : ['undici7', 'undici']

/** Asks with POST and this body; gives the text of the answer. */
type Client = (url: string, body: string) => Promise<string>

/** Asks through node:http. */
const ask: Client = (url, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(text)).on('error', reject)
      }
    )
    request.on('error', reject)
    request.write(body.slice(0, 3))
    request.end(body.slice(3))
  })

async function clients(t: TestContext): Promise<Map<string, Client>> {
  const found = new Map<string, Client>([
    ['fetch', async (url, body) => (await fetch(url, { method: 'POST', body })).text()],
    ['a fetch taken before us', async (url, body) => (await captured(url, { method: 'POST', body })).text()],
    ['node:http', ask],
  ])
  for (const name of names) {
    const undici = (await import(name)) as Npm
    const agent = new undici.Agent()
    t.after(() => agent.destroy())
    found.set(`${name}.fetch`, async (url, body) => (await undici.fetch(url, { method: 'POST', body })).text())
    found.set(`${name}.request`, async (url, body) => (await undici.request(url, { method: 'POST', body })).body.text())
    found.set(`${name} with its own agent`, async (url, body) => {
      const init = { method: 'POST', body, dispatcher: agent } as const
      return (await undici.request(url, init)).body.text()
    })
    found.set(`fetch with an agent of ${name}`, async (url, body) => {
      // Node's own fetch takes agents of its own generation only.
      const fitting =
        process.versions.undici!.split('.')[0] === (name === 'undici' ? '8' : '7') ? { dispatcher: agent } : {}
      return (await fetch(url, { method: 'POST', body, ...fitting } as RequestInit)).text()
    })
  }
  return found
}

test('every client is told once, with its request, its answer and whose call it was', async (t) => {
  const origin = await serve(t, json('{"a":1}'))
  for (const [name, client] of await clients(t)) {
    const eye = new Eye(t)
    assert.equal(await route.run(name, () => client(`${origin}/v1/x?y=1`, '{"model":"m"}')), '{"a":1}', name)
    const told = await eye.one()
    assert.deepEqual(
      [told.asked.method, told.asked.url, told.origin, told.status, told.type, told.text, told.endings],
      ['POST', `${origin}/v1/x?y=1`, name, 200, 'application/json', '{"a":1}', ['whole']],
      name
    )
    // Node 20 tells of node:http only after the body has left.
    if (name !== 'node:http' || !process.version.startsWith('v20.')) assert.equal(told.body, '{"model":"m"}', name)
    eye.detach()
  }
})

test('sixty calls at once over kept connections each have the origin of whoever made them', async (t) => {
  const origin = await serve(t, json('{"a":1}'))
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  const before = http.globalAgent
  http.globalAgent = agent
  t.after(() => (http.globalAgent = before))
  for (const [name, client] of await clients(t)) {
    const eye = new Eye(t)
    const call = (at: number) =>
      route.run(`route ${at % 6}`, async () => {
        await new Promise(setImmediate)
        await client(`${origin}/v1/${at % 6}`, '{}')
      })
    for (let round = 0; round < 2; round++) await Promise.all(Array.from({ length: 60 }, (_, at) => call(at)))
    await until(() => eye.all.every((told) => told.endings.length === 1))
    assert.equal(eye.all.length, 120, name)
    for (const told of eye.all) assert.equal(told.origin, `route ${told.asked.url.at(-1)}`, name)
    eye.detach()
  }
})

test('compressed answers are told decoded, however they are compressed and cut', async (t) => {
  const text = JSON.stringify({ text: 'ü€😀'.repeat(20_000) })
  const bytes = Buffer.from(text)
  const packed: readonly [encoding: string, body: Buffer][] = [
    ['gzip', gzipSync(bytes)],
    ['x-gzip', gzipSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
    ['identity', bytes],
  ]
  for (const [encoding, body] of packed) {
    const origin = await serve(t, (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
      response.write(body.subarray(0, 1))
      setTimeout(() => response.end(body.subarray(1)), 5)
    })
    for (const [name, client] of await clients(t)) {
      const eye = new Eye(t)
      await client(`${origin}/v1/x`, '{}')
      const told = await eye.one()
      assert.deepEqual([told.size, told.endings], [bytes.length, ['whole']], `${name}, ${encoding}`)
      eye.detach()
    }
  }
})

test('events that come compressed are told as they come', async (t) => {
  const origin = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.pipe(response)
    gzip.write('data: 1\n\n')
    gzip.flush()
  })
  const eye = new Eye(t)
  const controller = new AbortController()
  const reader = (await captured(`${origin}/v1/x`, { signal: controller.signal })).body!.getReader()
  await reader.read()
  await until(() => eye.all[0]?.text === 'data: 1\n\n')
  controller.abort()
  assert.deepEqual((await eye.one()).endings, ['left'])
})

test('what cannot be decoded is told as missed, and reaches the app', async (t) => {
  for (const encoding of ['compress', 'gzip, br', 'gzip']) {
    const eye = new Eye(t)
    const origin = await serve(t, (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-encoding': encoding }).end('no such thing')
    })
    assert.equal(await ask(`${origin}/v1/x`, '{}'), 'no such thing')
    await until(() => eye.missing.length > 0)
    assert.equal(eye.missing.length, 1)
    assert.deepEqual(eye.all[0]!.endings, [])
    eye.detach()
  }
})

test('node:http: leaving, aborting, and a server that dies are told apart', async (t) => {
  let closed = 0
  const origin = await serve(
    t,
    ticking(() => closed++)
  )
  const begun = async (): Promise<{ eye: Eye; request: http.ClientRequest; response: http.IncomingMessage }> => {
    const eye = new Eye(t)
    const request = http.get(`${origin}/v1/x`).on('error', () => undefined)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    return { eye, request, response }
  }
  const first = await begun()
  let chunks = 0
  for await (const _chunk of first.response) if (++chunks === 3) break
  assert.deepEqual((await first.eye.one()).endings, ['left'])
  first.eye.detach()

  const second = await begun()
  second.response.on('error', () => undefined)
  second.request.destroy()
  assert.deepEqual((await second.eye.one()).endings, ['left'])
  second.eye.detach()
  await until(() => closed === 2)

  const third = new Eye(t)
  const dying = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 10 })
    response.write('half', () => response.destroy())
  })
  await assert.rejects(ask(`${dying}/v1/x`, '{}'), { code: 'ECONNRESET' })
  const told = await third.one()
  assert.deepEqual([told.text, told.endings], ['half', ['failed']])
  third.detach()

  const fourth = new Eye(t)
  await assert.rejects(ask('http://127.0.0.1:1/v1/x', '{}'), { code: 'ECONNREFUSED' })
  assert.deepEqual((await fourth.one()).endings, ['failed'])
  fourth.detach()

  const fifth = new Eye(t)
  const silent = await serve(t, () => undefined)
  const controller = new AbortController()
  const request = http.get(`${silent}/v1/x`, { signal: controller.signal })
  const failed = once(request, 'error')
  await once(request, 'socket')
  controller.abort()
  await failed
  assert.deepEqual((await fifth.one()).endings, ['aborted'])
})

test('node:http: an answer that nobody reads is not read by us, and one that nobody wants is thrown away as before', async (t) => {
  const eye = new Eye(t)
  let sent = 0
  const piece = Buffer.alloc(64 * 1024)
  const origin = await serve(t, (_request, response) => {
    const fill = (): void => {
      while (sent < 35 * 1024 * 1024) {
        sent += piece.length
        if (!response.write(piece)) return void response.once('drain', fill)
      }
      response.end()
    }
    fill()
  })
  const request = http.get(`${origin}/v1/x`)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were sent`)
  response.destroy()
  await eye.one()
  eye.detach()
  const other = new Eye(t)
  sent = 35 * 1024 * 1024
  http.get(`${origin}/v1/x`)
  assert.deepEqual((await other.one()).endings, ['whole'])
})

test('nothing is added to a request that others could see', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{}'))
  const request = http.get(`${origin}/v1/x`)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  for (const name of ['write', 'end', 'destroy']) assert.ok(!Object.keys(request).includes(name))
  for (const name of ['push', 'destroy']) assert.ok(!Object.keys(response).includes(name))
  assert.equal(request.listenerCount('error'), 0)
  response.resume()
  await eye.one()
})

test('a redirect is told once, as what it leads to', async (t) => {
  const origin = await serve(t, (request, response) => {
    request.resume()
    if (request.url === '/v1/old') response.writeHead(307, { location: '/v1/new' }).end('moved')
    else response.end('here')
  })
  for (const call of [fetch, captured]) {
    const eye = new Eye(t)
    assert.equal(await (await call(`${origin}/v1/old`, { method: 'POST', body: '{}' })).text(), 'here')
    await until(() => eye.all.some((told) => told.endings.length > 0))
    const ended = eye.all.filter((told) => told.endings.length > 0)
    assert.deepEqual(
      ended.map((told) => [told.status, told.text]),
      [[200, 'here']]
    )
    eye.detach()
  }
})
