import { connect } from 'node:net'
import { tell } from '../launch.ts'
import { REQUESTS } from './wire.ts'

// Keeps one request in flight on each connection; answers each message with how many were answered so far.
const [port = '3000', connections = '32'] = process.argv.slice(2)
let answered = 0
let sent = 0
let expected = 0

function learn(text: string): number {
  const [, length] = /^HTTP\/1\.1 200 OK\r\n[^]*?content-length: (\d+)\r\n/i.exec(text) ?? []
  const head = text.indexOf('\r\n\r\n') + 4
  if (head > 3 && length === undefined) throw new Error(`not the answer that was expected:\n${text}`)
  return head > 3 ? head + Number(length) : 0
}

for (let i = 0; i < Number(connections); i++) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  let received = 0
  const next = (): void => void socket.write(REQUESTS[sent++ % REQUESTS.length]!)
  socket.on('connect', next)
  socket.on('data', (chunk) => {
    received += chunk.length
    if (expected === 0) expected = learn(chunk.toString('latin1'))
    if (received !== expected) return
    received = 0
    answered++
    next()
  })
  // A server that closes a connection, or answers what was not expected, must not look fast.
  socket.on('close', () => process.exit(1))
}
process.on('message', () => tell({ answered, at: performance.now() }))
