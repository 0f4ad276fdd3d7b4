import { systemClock } from '../core/time.ts'

/** What node:http's and node:https' servers have. */
interface Closable {
  readonly listening?: boolean
  close?(): unknown
  closeIdleConnections?(): void
  on?(event: 'connection', listener: () => void): unknown
  off?(event: 'connection', listener: () => void): unknown
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
/** A turn of the loop in which hardly anything happened, ms; and how many are waited for. */
const SHORT = 0.2
const TURNS = 200

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
    await quiet(servers)
    for (const server of servers) refuse(server)
    return {
      open: async () => (await Promise.all(servers.map(connections))).reduce((sum, count) => sum + count, 0),
      release: async () => {
        await quiet(servers)
        for (const server of servers) server.closeIdleConnections?.()
      },
    }
  }
}

/**
 * Until a turn of the loop accepted nothing and was so short that next to nothing can have come since it last looked: a
 * connection that waits to be accepted is reset when its server closes, and so is one on which a request waits to be read.
 */
async function quiet(servers: readonly Closable[]): Promise<void> {
  let accepted = 0
  const count = (): number => accepted++
  for (const server of servers) server.on?.('connection', count)
  try {
    let [before, known] = [systemClock.monotonic(), 0]
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = systemClock.monotonic()
      if (turn > 0 && now - before < SHORT && accepted === known) return
      ;[before, known] = [now, accepted]
    }
  } finally {
    for (const server of servers) server.off?.('connection', count)
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
