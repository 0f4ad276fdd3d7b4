import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { test } from 'node:test'
import { LoopProbe } from '../../bench/loop.ts'
import { REQUESTS, Wire } from '../../bench/overhead/wire.ts'

async function answered(listener: RequestListener, count: number): Promise<Wire> {
  const server = createServer(listener)
  const wire = new Wire()
  server.emit('connection', wire)
  for (let sent = 0; sent < count;) {
    if (wire.idle) wire.request(REQUESTS[sent++ % REQUESTS.length]!)
    await new Promise(setImmediate)
  }
  return wire
}

test('a connection made of JavaScript carries requests to a server and counts bytes as a socket does', async () => {
  const paths: string[] = []
  const wire = await answered((request, response) => {
    paths.push(request.url ?? '')
    response.setHeader('content-length', 2)
    response.end('{}')
  }, 10)
  assert.deepEqual(paths.slice(0, 2), ['/users/10000', '/users/10001'])
  assert.equal(paths.length, 10)
  assert.equal(wire.bytesRead, REQUESTS[0]!.length * 10)
  assert.equal(wire.bytesWritten, wire.expected * 10)
})

test('an answer in pieces is complete with its last byte', async () => {
  const wire = await answered((_, response) => {
    response.writeHead(200, { 'content-length': 4 })
    response.write('ab')
    setImmediate(() => response.end('cd'))
  }, 3)
  assert.ok(wire.expected > 4)
  assert.equal(wire.bytesWritten % wire.expected, 0)
})

test('a turn that lasts is seen', async () => {
  const probe = new LoopProbe()
  await new Promise(setImmediate)
  const until = performance.now() + 20
  while (performance.now() < until);
  await new Promise(setImmediate)
  assert.ok(probe.stop() >= 19)
})
