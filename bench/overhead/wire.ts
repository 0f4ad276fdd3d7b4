import { Duplex } from 'node:stream'

const HEADERS =
  'Host: localhost:3000\r\nUser-Agent: bench\r\nAccept: application/json\r\nConnection: keep-alive\r\n\r\n'

/** Requests of one length for different users, so that their answers have one length too. */
export const REQUESTS: readonly Buffer[] = Array.from({ length: 64 }, (_, i) =>
  Buffer.from(`GET /users/${10_000 + i} HTTP/1.1\r\n${HEADERS}`)
)

/** A connection made of JavaScript: what a server reads and writes without a network, and without its noise. */
export class Wire extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 50_000
  readonly remoteFamily = 'IPv4'
  readonly localAddress = '127.0.0.1'
  readonly localPort = 3000
  /** As net.Socket has them, so that those who count bytes have the work that they would have. */
  bytesRead = 0
  _bytesDispatched = 0
  /** The answer is complete. */
  idle = true
  /** Bytes of one answer; 0 until it is known. */
  expected = 0
  #received = 0
  readonly #first: Buffer[] = []

  get bytesWritten(): number {
    return this._bytesDispatched
  }

  /** Sends a request. */
  request(bytes: Buffer): void {
    this.idle = false
    this.bytesRead += bytes.length
    this.push(bytes)
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#arrived(chunk)
    done()
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#arrived(chunk)
    done()
  }

  #arrived(chunk: Buffer): void {
    this.#received += chunk.length
    this._bytesDispatched += chunk.length
    if (this.expected === 0) this.#learn(chunk)
    if (this.#received !== this.expected) return
    this.#received = 0
    this.idle = true
  }

  #learn(chunk: Buffer): void {
    this.#first.push(chunk)
    const text = Buffer.concat(this.#first).toString('latin1')
    const [, length] = /^HTTP\/1\.1 200 OK\r\n[^]*?content-length: (\d+)\r\n/i.exec(text) ?? []
    const head = text.indexOf('\r\n\r\n') + 4
    if (head > 3 && length === undefined) throw new Error(`not the answer that was expected:\n${text}`)
    if (head > 3) this.expected = head + Number(length)
  }
}
