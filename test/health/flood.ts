import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Has so many probes on their way at once, the same number on each connection, and says what came of them. */
const [port = '', count = '0', connections = '1'] = process.argv.slice(2)
const PATHS = ['/health', '/health/ready']
const END = '}\n'
const statuses: Record<string, number> = {}
let slowest = 0

async function flooded(sockets: readonly Socket[], each: number): Promise<void> {
  const asked = (at: number): string => `GET ${PATHS[at % 2]!} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  const all = Array.from({ length: each }, (_, at) => asked(at)).join('')
  await Promise.all(sockets.map((socket) => answered(socket, all, each)))
}

/** Sends it all, and waits for as many answers, each timed from then. */
function answered(socket: Socket, all: string, each: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let [text, left] = ['', each]
    const since = performance.now()
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END)) {
        const status = text.slice(9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        text = text.slice(end + END.length)
        left--
      }
      slowest = Math.max(slowest, performance.now() - since)
      if (left === 0) resolve()
    })
    socket.on('close', () => reject(new Error(`closed with ${left} to come`)))
    socket.on('error', reject)
    socket.write(all)
  })
}

const sockets: Socket[] = []
for (let at = 0; at < Number(connections); at++) {
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  sockets.push(socket)
}
await flooded(sockets, Number(count) / sockets.length)
process.send?.({ statuses, slowest })
process.exit()
