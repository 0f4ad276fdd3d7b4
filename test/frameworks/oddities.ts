import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { TestApp } from '../apps/app.ts'
import { dial, get, raw, start, until } from './world.ts'

/** Requests that no well-bred client sends. */
export function oddities(app: TestApp): void {
  describe('odd requests', () => {
    const odd: readonly (readonly [string, string])[] = [
      ['an empty segment', '//'],
      ['a broken escape', '/%E0%A4%A'],
      ['15 KB', `/${'x'.repeat(15_000)}`],
      ['a colon', '/a:b/:c::'],
      ['a prototype', '/__proto__/constructor'],
      ['a star', '/*'],
    ]
    for (const [name, path] of odd) {
      test(`a path with ${name} is one unmatched request`, async (t) => {
        const { port, recorder } = await start(t, app)
        const answer = await raw(port, get(path))
        const status = /^HTTP\/1.1 (\d+)/.exec(answer)?.[1]
        // A path of slashes only is the root for some.
        const endpoint = status === '200' ? '/' : 'unmatched'
        assert.deepEqual(await recorder.requests(), { [`GET ${endpoint} ${status}`]: 1 })
        assert.deepEqual(recorder.faults, [])
      })
    }

    test('an absolute-form target is counted', async (t) => {
      const { port, recorder } = await start(t, app)
      const answer = await raw(port, get('http://other.test/users/42?x=1'))
      const status = Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1])
      const counted = await recorder.requests()
      assert.deepEqual(counted, { [`GET ${status === 200 ? '/users/:id' : 'unmatched'} ${status}`]: 1 })
    })

    test('HTTP/1.0 without a Host is counted', async (t) => {
      const { port, recorder } = await start(t, app)
      // Hono's server refuses it before Hono sees it: then only an earlier request tells whose server it is.
      await raw(port, get('/teapot'))
      const status = /^HTTP\/1.1 (\d+)/.exec(await raw(port, 'GET /users/42 HTTP/1.0\r\n\r\n'))?.[1]
      const endpoint = status === '200' ? '/users/:id' : 'unmatched'
      assert.deepEqual(await recorder.requests(), { 'GET /teapot 418': 1, [`GET ${endpoint} ${status}`]: 1 })
    })

    test('a method that a parser lets in and nobody knows is _OTHER', async (t) => {
      const { port, recorder } = await start(t, app)
      await raw(port, get('/x', 'PURGE'))
      await raw(port, get('/x', 'MKCALENDAR'))
      const methods = (await recorder.rows('http_requests')).map((row) => row.labels['method'])
      assert.deepEqual(methods, ['_OTHER'])
      assert.match(await raw(port, get('/x', 'NONSENSE')), /400/)
    })

    test('garbage is answered by Node and counted by nobody', async (t) => {
      const { port, recorder } = await start(t, app)
      assert.match(await raw(port, 'garbage\r\n\r\n'), /400/)
      assert.deepEqual(await recorder.requests(), {})
    })

    test('Expect: 100-continue is a request like others', async (t) => {
      const { port, recorder } = await start(t, app)
      const answer = await raw(
        port,
        `${get('/orders', 'POST', 'Expect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n')}ab`
      )
      assert.match(answer, /100 Continue.*201/s)
      assert.deepEqual(await recorder.requests(), { 'POST /orders 201': 1 })
    })

    test('a secret in the query is nowhere', async (t) => {
      const { port, recorder } = await start(t, app)
      for (const path of ['/users/1', '/nowhere', '/throw']) await raw(port, get(`${path}?token=SECRET`))
      const rows = await recorder.rows()
      assert.doesNotMatch(JSON.stringify([rows, recorder.http.drain(), recorder.lines]), /SECRET/)
    })

    test('a WebSocket upgrade passes untouched', async (t) => {
      const { port, recorder, server } = await start(t, app)
      server.on('upgrade', (request, socket) => {
        const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}x`).digest('hex')
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: ${accept}\r\n\r\n`
        )
        socket.on('data', (piece) => socket.write(piece))
        socket.on('end', () => socket.destroy())
      })
      const socket = await dial(port)
      socket.setEncoding('utf8')
      socket.write(
        'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n\r\n'
      )
      let got = ''
      socket.on('data', (piece: string) => (got += piece))
      await until(() => got.includes('\r\n\r\n'), 'no upgrade')
      socket.write('echo')
      await until(() => got.endsWith('echo'), 'no echo')
      socket.destroy()
      await once(socket, 'close')
      assert.match(got, /^HTTP\/1.1 101 /)
      assert.deepEqual(await recorder.requests(), {})
      assert.equal(recorder.http.active, 0)
    })
  })
}
