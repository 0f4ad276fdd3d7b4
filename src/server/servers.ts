import type { Socket } from 'node:net'
import { systemClock } from '../core/time.ts'

/** What node:http's and node:https' servers have. */
interface Closable {
  readonly listening?: boolean
  close?(): unknown
  closeIdleConnections?(): void
  on?(event: 'connection', listener: (socket: Socket) => void): unknown
  off?(event: 'connection', listener: (socket: Socket) => void): unknown
  getConnections?(done: (error: Error | null, count: number) => void): unknown
}

/** Servers that take no more connections. */
export interface Shut {
  /** How many connections are still open. */
  readonly open: () => Promise<number>
  /** Closes those that are idle, after what has come on them was read. */
  readonly release: () => Promise<void>
}

const LOOSE = 100
/** A turn of the loop in which hardly anything happened, and how long one is waited for; ms. */
const SHORT = 0.2
const LONGEST = 500

/** The servers that have had requests; none is kept from being collected. */
export class Servers {
  #seen: WeakRef<object>[] = []

  add(server: object): void {
    if (this.#seen.length >= LOOSE) this.#seen = this.#seen.filter((one) => one.deref() !== undefined)
    this.#seen.push(new WeakRef(server))
  }

  /** Those that listen and that `ours` says are meant. */
  listening(ours: (server: object) => boolean): Closable[] {
    return this.#seen
      .map((one) => one.deref())
      .filter((server) => server !== undefined && (server as Closable).listening === true && ours(server)) as Closable[]
  }

  /** Takes no more connections there; those that are open stay. */
  async shut(ours: (server: object) => boolean): Promise<Shut> {
    const servers = this.listening(ours)
    const held = await emptied(servers)
    for (const server of servers) refuse(server)
    for (const socket of held) socket.resume()
    return {
      open: async () => (await Promise.all(servers.map(connections))).reduce((sum, count) => sum + count, 0),
      release: async () => {
        await quiet(() => 0)
        for (const server of servers) server.closeIdleConnections?.()
      },
    }
  }
}

/**
 * Until nobody waits to be accepted there: whoever does when a server closes is reset. Gives the connections that came
 * meanwhile, unread: turns in which they are only accepted are short, and who has one open seldom opens more.
 */
async function emptied(servers: readonly Closable[]): Promise<readonly Socket[]> {
  const { Server } = process.getBuiltinModule('node:http')
  const net = process.getBuiltinModule('node:net')
  const held: Socket[] = []
  let accepted = 0
  function hold(this: Closable, socket: Socket): void {
    accepted++
    // Over TLS there is a handshake to be read, and nothing of it is ours to stop.
    if (this instanceof Server && socket instanceof net.Socket && !socket.isPaused()) process.nextTick(rest, socket)
  }
  // Not before: Node has only just told it to flow, which comes to pass in the tick that follows.
  const rest = (socket: Socket): void => void held.push(socket.pause())
  for (const server of servers) server.on?.('connection', hold)
  await quiet(() => accepted)
  for (const server of servers) server.off?.('connection', hold)
  return held
}

/** Until a turn of the loop brought nothing that is counted and was so short that next to nothing can have come in it. */
async function quiet(counted: () => number): Promise<void> {
  const began = systemClock.monotonic()
  let [before, known] = [began, 0]
  for (let turn = 0; before - began < LONGEST; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = systemClock.monotonic()
    // The first may have been what was left of a turn.
    if (turn > 0 && now - before < SHORT && counted() === known) return
    ;[before, known] = [now, counted()]
  }
}

/** `close` of HTTP servers also closes idle connections, on which a request may be on its way; the one below does not. */
function refuse(server: Closable): void {
  const net = process.getBuiltinModule('node:net')
  if (server instanceof net.Server) net.Server.prototype.close.call(server)
  else server.close?.()
}

function connections(server: Closable): Promise<number> {
  return new Promise((resolve) => {
    if (server.getConnections === undefined) resolve(0)
    else server.getConnections((_error, count) => resolve(count ?? 0))
  })
}
