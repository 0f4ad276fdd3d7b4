import { connect } from 'node:net'
import { tell } from '../launch.ts'

// Sends so many requests over 16 connections: ordinary ones, or such of which no two are alike.
const [port = '3000', kind = 'ordinary', count = '100000'] = process.argv.slice(2)

function noise(length: number): string {
  let text = ''
  while (text.length < length) text += Math.random().toString(36).slice(2)
  return text.slice(0, length)
}

function request(): string {
  if (kind === 'ordinary') return `GET /users/${noise(6)} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n`
  const path = `/${noise(8)}/${noise(12)}?${noise(4)}=${noise(16)}`
  return `GET ${path} HTTP/1.1\r\nHost: ${noise(12)}.example\r\nUser-Agent: ${noise(24)}\r\n\r\n`
}

let sent = 0
let open = 0
for (let i = 0; i < 16; i++) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  let heard = ''
  open++
  const next = (): void => {
    if (sent++ < Number(count)) socket.write(request())
    else socket.end()
  }
  socket.setEncoding('latin1')
  socket.on('connect', next)
  socket.on('data', (chunk: string) => {
    heard += chunk
    const head = heard.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0)
    if (heard.length < head + 4 + length) return
    heard = ''
    next()
  })
  socket.on('close', () => {
    if (--open === 0) tell({ sent: Number(count) })
  })
}
