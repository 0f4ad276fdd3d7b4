import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { PAUSE, type TestApp } from '../apps/app.ts'
import { dial, get, raw, start, until } from './world.ts'

/** How a request's end is seen, whoever brings it about. */
export function endings(app: TestApp): void {
  describe('endings', () => {
    test('a streamed body has its first byte and its end apart', async (t) => {
      const { port, recorder } = await start(t, app)
      assert.match(await raw(port, get('/stream')), /first .*second/s)
      const [latency] = await recorder.rows('http_latency_ms')
      const [first] = await recorder.rows('http_ttfb_ms')
      assert.ok(latency!.total >= (PAUSE - 2) * 1000, String(latency!.total))
      assert.ok(latency!.total - first!.total >= (PAUSE - 10) * 1000, `${first!.total} … ${latency!.total}`)
      assert.deepEqual(await recorder.requests(), { 'GET /stream 200': 1 })
    })

    test('an event stream is a stream while it is open and never a latency', async (t) => {
      const { port, recorder } = await start(t, app)
      const socket = await dial(port)
      socket.write(get('/events'))
      await once(socket, 'data')
      await until(() => recorder.http.streams === 1, 'no stream was seen')
      recorder.http.sample()
      socket.destroy()
      await until(() => recorder.http.streams === 0, 'the stream never closed')
      assert.deepEqual(await recorder.requests(), { 'GET /events 200': 1 })
      assert.equal((await recorder.rows('http_stream_ms'))[0]!.labels['endpoint'], '/events')
      assert.equal((await recorder.rows('http_streams_open'))[0]!.total, 1)
      assert.deepEqual(await recorder.rows('http_latency_ms'), [])
    })

    test('a client that leaves before the answer is aborted: no error, no latency', async (t) => {
      const { port, recorder } = await start(t, app)
      const socket = await dial(port)
      socket.write(get('/slow'))
      await until(() => recorder.http.active === 1, 'the request never began')
      socket.destroy()
      assert.deepEqual(await recorder.requests(), { 'GET /slow 499': 1 })
      assert.deepEqual(await recorder.rows('http_latency_ms'), [])
      const [event] = recorder.http.drain()
      assert.deepEqual([event!.fields['status'], event!.fields['aborted'], event!.weight], [499, true, 1])
    })

    test('a client that leaves within a promised length is aborted', async (t) => {
      const { port, recorder } = await start(t, app)
      await raw(port, get('/promised'), (got) => got.endsWith('bytes.'))
      assert.deepEqual(await recorder.requests(), { 'GET /promised 499': 1 })
      assert.deepEqual(await recorder.rows('http_latency_ms'), [])
    })

    test('a client that leaves an answer of no promised length has got its status', async (t) => {
      const { port, recorder } = await start(t, app)
      await raw(port, get('/stream'), (got) => got.includes('first'))
      assert.deepEqual(await recorder.requests(), { 'GET /stream 200': 1 })
    })

    test('requests on one connection, one after another, are counted each', async (t) => {
      const { port, recorder } = await start(t, app)
      const socket = await dial(port)
      for (let n = 0; n < 3; n++) {
        socket.write('GET /users/4 HTTP/1.1\r\nHost: a\r\n\r\n')
        await once(socket, 'data')
      }
      socket.destroy()
      assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': 3 })
    })

    test('pipelined requests are counted each, and their bytes together', async (t) => {
      const { port, recorder } = await start(t, app)
      const one = 'GET /users/4 HTTP/1.1\r\nHost: a\r\n\r\n'
      const sent = one.repeat(9) + get('/users/5')
      const got = await raw(port, sent)
      assert.equal(got.match(/HTTP\/1.1 200/g)?.length, 10)
      assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': 10 })
      const [inward] = await recorder.rows('http_request_bytes')
      const [outward] = await recorder.rows('http_response_bytes')
      assert.deepEqual([inward!.total, outward!.total], [sent.length, got.length])
      assert.deepEqual([inward!.count, outward!.count], [10, 10])
    })

    test('a connection lost with answers still waiting their turn leaves nothing in flight', async (t) => {
      const { port, recorder } = await start(t, app)
      const socket = await dial(port)
      socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /users/1 HTTP/1.1\r\nHost: a\r\n\r\n')
      await until(() => recorder.http.active === 2, 'both never began')
      socket.destroy()
      assert.deepEqual(await recorder.requests(), { 'GET /slow 499': 1, 'GET /users/:id 499': 1 })
    })

    test('nothing is in flight when all have ended, and the tail has each of them', async (t) => {
      const { port, recorder } = await start(t, app)
      await Promise.all(['/users/1', '/throw', '/nowhere', '/stream'].map((path) => raw(port, get(path))))
      await recorder.requests()
      assert.equal(recorder.http.active, 0)
      const events = recorder.http.drain()
      assert.deepEqual(events.map((event) => event.name).sort(), ['/stream', '/throw', '/users/:id', 'unmatched'])
      assert.ok(events.every((event) => event.kind === 'request' && event.weight === 1 && event.value > 0))
    })
  })
}
