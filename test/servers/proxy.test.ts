import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { type Proxy, startProxy } from './proxy.ts'

let proxy: Proxy
let heard = ''
const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    heard += chunk.toString()
    socket.write(chunk.toString().toUpperCase())
  })
})

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  proxy = await startProxy(address.port)
})

beforeEach(async () => {
  proxy.reset()
  await proxy.restore()
  heard = ''
})

after(async () => {
  await proxy.stop()
  server.close()
})

interface Client {
  readonly socket: Socket
  readonly said: () => string
  readonly error: () => string
}

async function client(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1')
  let said = ''
  let error = ''
  socket.on('data', (chunk) => (said += chunk.toString()))
  socket.on('error', (problem: NodeJS.ErrnoException) => (error = problem.code ?? 'error'))
  await once(socket, 'connect')
  return { socket, said: () => said, error: () => error }
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 5_000
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(holds(), 'it did not come')
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))

test('what is said comes through, and back', async () => {
  const { socket, said } = await client()
  socket.write('hello')
  await until(() => said() === 'HELLO')
  assert.equal(proxy.open, 1)
  socket.end()
  await until(() => proxy.open === 0)
})

test('a delay and a narrow band keep the order, and nothing is lost', async () => {
  proxy.delay(30)
  proxy.bandwidth(200_000)
  const { socket, said } = await client()
  for (let i = 0; i < 20; i++) socket.write(`${i},`.padEnd(500, '.'))
  await until(() => said().length === 10_000)
  assert.deepEqual(
    said()
      .split(',')
      .slice(0, -1)
      .map((part) => Number(part.replaceAll('.', ''))),
    Array.from({ length: 20 }, (_, i) => i)
  )
})

test('in a black hole neither side hears the other, and afterwards the connection is gone', async () => {
  const { socket, said } = await client()
  proxy.blackHole()
  socket.write('hello')
  await soon()
  assert.deepEqual([heard, said(), socket.destroyed], ['', '', false])
  await proxy.restore()
  await until(() => socket.destroyed)
})

test('dropped replies leave the server with what it was told', async () => {
  const { socket, said } = await client()
  proxy.dropReplies()
  socket.write('count me')
  await until(() => heard === 'count me')
  await soon()
  assert.equal(said(), '')
  assert.equal(socket.destroyed, false)
})

test('a half open connection is closed for the server alone', async () => {
  const { socket } = await client()
  await until(() => proxy.open === 1)
  socket.write('hello')
  await until(() => heard === 'hello')
  proxy.halfOpen()
  socket.write('are you there')
  await soon()
  assert.deepEqual([heard, socket.destroyed], ['hello', false])
})

test('a lost reply is lost once, with its connection', async () => {
  const first = await client()
  proxy.loseReply()
  first.socket.write('one')
  await until(() => first.socket.destroyed)
  assert.deepEqual([heard, first.said(), first.error()], ['one', '', 'ECONNRESET'])
  const second = await client()
  second.socket.write('two')
  await until(() => second.said() === 'TWO')
})

test('it refuses connections until it is restored, on the same port', async () => {
  const { socket } = await client()
  await proxy.refuse()
  await until(() => socket.destroyed)
  await assert.rejects(client(), { code: 'ECONNREFUSED' })
  await proxy.restore()
  const again = await client()
  again.socket.write('back')
  await until(() => again.said() === 'BACK')
})
