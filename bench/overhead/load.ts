import { connect } from 'node:net'
import { tell } from '../launch.ts'
import { REQUESTS } from './wire.ts'

// Told for how long (`{ ms }`), it keeps one request in flight on each connection, and tells how many were answered.
const [port = '3000', connections = '32'] = process.argv.slice(2)
let answered = 0
let sent = 0
let expected = 0
let open = 0
let until = 0
let began = 0

function learn(text: string): number {
  const [, length] = /^HTTP\/1\.1 200 OK\r\n[^]*?content-length: (\d+)\r\n/i.exec(text) ?? []
  const head = text.indexOf('\r\n\r\n') + 4
  if (head > 3 && length === undefined) throw new Error(`not the answer that was expected:\n${text}`)
  return head > 3 ? head + Number(length) : 0
}

const sends = Array.from({ length: Number(connections) }, () => {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  let received = 0
  const next = (): void => {
    const now = performance.now()
    if (now < until) socket.write(REQUESTS[sent++ % REQUESTS.length]!)
    else if (--open === 0) tell({ answered, ms: now - began })
  }
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
  return next
})

/** Never sleeps while it measures: whoever answers late would have to wake it, and pay for that. */
function spin(): void {
  if (open > 0) setImmediate(spin)
}

process.on('message', ({ ms }: { ms: number }) => {
  answered = 0
  open = sends.length
  began = performance.now()
  until = began + ms
  for (const send of sends) send()
  spin()
})
