import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { patchSessions } from '../../../src/llm/nets/sessions.ts'

function session(): http2.ClientHttp2Session {
  const nowhere = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  const made = http2.connect('http://localhost', { createConnection: () => nowhere })
  made.on('error', () => undefined)
  return made
}

// Nodes without a channel for it tell of streams so.
test('streams of any session are told, also of one that is there already, until that is over', () => {
  const before = session()
  const request = Object.getPrototypeOf(before) as { request: unknown }
  const native = request.request
  const seen: unknown[] = []
  const restore = patchSessions((_stream, headers) => {
    seen.push(headers[':path'])
    if (headers[':path'] === '/bad') throw new Error('a watcher that fails')
  })
  const after = session()
  for (const path of ['/one', '/bad']) before.request({ ':path': path }).on('error', () => undefined)
  after.request({ ':path': '/two' }).on('error', () => undefined)
  assert.deepEqual(seen, ['/one', '/bad', '/two'])
  assert.equal((request.request as () => void).length, (native as () => void).length)
  restore()
  assert.equal(request.request, native)
  after.request({ ':path': '/late' }).on('error', () => undefined)
  assert.equal(seen.length, 3)
  before.destroy()
  after.destroy()
})

test('one that is patched above us stays, and tells nothing more', () => {
  const one = session()
  const prototype = Object.getPrototypeOf(one) as { request: (...args: unknown[]) => http2.ClientHttp2Stream }
  const native = prototype.request
  let seen = 0
  const restore = patchSessions(() => seen++)
  const ours = prototype.request
  const above = function (this: unknown, ...args: unknown[]): http2.ClientHttp2Stream {
    return ours.apply(this, args)
  }
  prototype.request = above
  restore()
  assert.equal(prototype.request, above)
  one.request({ ':path': '/' }).on('error', () => undefined)
  assert.equal(seen, 0)
  prototype.request = native
  one.destroy()
})
