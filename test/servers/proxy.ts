import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Flow } from './flow.ts'

/** What happens to what comes by. */
type Mode = 'through' | 'black hole' | 'no replies' | 'half open'

/** A network between a client and a real server, with the faults that networks have. */
export interface Proxy {
  readonly port: number
  /** Connections of clients that are open now, and that were ever taken. */
  readonly open: number
  readonly taken: number
  /** Each byte comes so much later, in both directions, in order. */
  delay(ms: number): void
  /** So many bytes in a second, in each direction. */
  bandwidth(bytesPerSecond: number): void
  /** Everything vanishes, and connections are taken but never served. */
  blackHole(): void
  /** What the client says arrives; what the server answers vanishes. */
  dropReplies(): void
  /** The server's side is gone, and the client is not told: what a pulled cable or a forgetful firewall does. */
  halfOpen(): void
  /** The next request arrives, its reply vanishes, and the connection is reset. Once. */
  loseReply(): void
  /** Resets all connections; new ones are taken. */
  reset(): void
  /** Resets all connections, and refuses new ones until `restore`. */
  refuse(): Promise<void>
  /** All is well again; connections that have lost something on the way are reset. */
  restore(): Promise<void>
  stop(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  hasLost: boolean
}

/** Starts a proxy on a free port of 127.0.0.1 before a server that listens on `target`. */
export async function startProxy(target: number): Promise<Proxy> {
  const proxy = new Line(target)
  await proxy.restore()
  return proxy
}

class Line implements Proxy {
  readonly #target: number
  readonly #pairs = new Set<Pair>()
  #server: Server | undefined
  #mode: Mode = 'through'
  #loses = false
  #ms = 0
  #rate = Infinity
  port = 0
  taken = 0

  constructor(target: number) {
    this.#target = target
  }

  get open(): number {
    return this.#pairs.size
  }

  delay(ms: number): void {
    this.#ms = ms
  }

  bandwidth(bytesPerSecond: number): void {
    this.#rate = bytesPerSecond
  }

  blackHole(): void {
    this.#mode = 'black hole'
  }

  dropReplies(): void {
    this.#mode = 'no replies'
  }

  halfOpen(): void {
    this.#mode = 'half open'
    for (const pair of this.#pairs) {
      pair.hasLost = true
      pair.server.destroy()
    }
  }

  loseReply(): void {
    this.#loses = true
  }

  reset(): void {
    for (const pair of this.#pairs) this.#cut(pair)
  }

  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server && once(server, 'close')
    server?.close()
    this.reset()
    await closed
  }

  async restore(): Promise<void> {
    this.#mode = 'through'
    this.#loses = false
    this.#ms = 0
    this.#rate = Infinity
    for (const pair of this.#pairs) if (pair.hasLost) this.#cut(pair)
    if (this.#server !== undefined) return
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#take(client))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  stop(): Promise<void> {
    return this.refuse()
  }

  #take(client: Socket): void {
    this.taken++
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const pair: Pair = { client, server, hasLost: false }
    this.#pairs.add(pair)
    // What a client is not told, it has to find out.
    const ends = (): boolean => {
      if (this.#mode !== 'through') pair.hasLost = true
      return this.#mode === 'through'
    }
    const how = { delay: () => this.#ms, rate: () => this.#rate, ends }
    const there = new Flow(client, server, { ...how, passes: () => this.#passes(pair, false) })
    const back = new Flow(server, client, { ...how, passes: () => this.#passes(pair, true) })
    client.on('error', () => undefined)
    server.on('error', () => undefined)
    client.on('close', () => {
      there.end()
      this.#pairs.delete(pair)
      void there.closed().then(() => server.destroy())
    })
    server.on('close', () => {
      if (!ends()) return
      back.end()
      void back.closed().then(() => client.destroy())
    })
  }

  #passes(pair: Pair, isReply: boolean): boolean {
    if (isReply && this.#loses) {
      this.#loses = false
      this.#cut(pair)
      return false
    }
    const passes = this.#mode === 'through' || (this.#mode === 'no replies' && !isReply)
    if (!passes) pair.hasLost = true
    return passes
  }

  #cut(pair: Pair): void {
    pair.client.resetAndDestroy()
    pair.server.destroy()
  }
}
