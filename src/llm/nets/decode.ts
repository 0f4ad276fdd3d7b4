import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'

/** Takes raw bytes, gives decoded ones. */
export interface Decoder {
  write(chunk: Uint8Array): void
  /** Calls `done` after the last decoded byte; a body that was cut short is decoded as far as it goes. */
  end(done: () => void): void
}

/** Raw bytes that wait for decoding, and decoded ones in all: beyond these we give up. */
const WAITING = 16 * 1024 * 1024
const DECODED = 512 * 1024 * 1024

/** A decoder for a `Content-Encoding`; undefined for one that nothing here can read. `failed` is called at most once. */
export function decoderOf(
  encoding: string | undefined,
  take: (chunk: Uint8Array) => void,
  failed: (why: string) => void
): Decoder | undefined {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return { write: take, end: (done) => done() }
  const zlib = process.getBuiltinModule('node:zlib')
  const make = makers(zlib).get(name)
  return make === undefined ? undefined : new Unpacker(make, take, failed)
}

/** Makes a stream once its first bytes are there. */
type Make = (first: Uint8Array) => Transform

// What is flushed at the end, so that a stream which breaks off gives all that came.
function makers(zlib: typeof Zlib): ReadonlyMap<string, Make> {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = zlib.constants
  const gzip: Make = () => zlib.createGunzip({ finishFlush: Z_SYNC_FLUSH })
  // Some servers send what the standard calls deflate, and some the bare stream.
  const deflate: Make = (first) =>
    ((first[0] ?? 0) & 0x0f) === 8
      ? zlib.createInflate({ finishFlush: Z_SYNC_FLUSH })
      : zlib.createInflateRaw({ finishFlush: Z_SYNC_FLUSH })
  const known = new Map<string, Make>([
    ['gzip', gzip],
    ['x-gzip', gzip],
    ['deflate', deflate],
    ['br', () => zlib.createBrotliDecompress({ finishFlush: BROTLI_OPERATION_FLUSH })],
  ])
  // Node 20 and the first 22 have none.
  if (typeof zlib.createZstdDecompress === 'function') {
    known.set('zstd', () => zlib.createZstdDecompress({ finishFlush: ZSTD_e_flush }))
  }
  return known
}

class Unpacker implements Decoder {
  readonly #make: Make
  readonly #take: (chunk: Uint8Array) => void
  readonly #failed: (why: string) => void
  #stream: Transform | undefined
  #decoded = 0
  #over = false
  #done: (() => void) | undefined

  constructor(make: Make, take: (chunk: Uint8Array) => void, failed: (why: string) => void) {
    this.#make = make
    this.#take = take
    this.#failed = failed
  }

  write(chunk: Uint8Array): void {
    if (this.#over || chunk.byteLength === 0) return
    this.#stream ??= this.#open(chunk)
    // A copy: the app may change or transfer its chunk before this one's turn has come.
    this.#stream.write(Buffer.from(chunk))
    if (this.#stream.writableLength > WAITING) this.#fail('it came faster than it could be decoded')
  }

  end(done: () => void): void {
    if (this.#over || this.#stream === undefined) return done()
    this.#done = done
    this.#stream.end()
  }

  #open(first: Uint8Array): Transform {
    const stream = this.#make(first)
    stream.on('data', (chunk: Uint8Array) => {
      this.#decoded += chunk.byteLength
      if (this.#decoded > DECODED) this.#fail('it is too long when decoded')
      else this.#take(chunk)
    })
    stream.on('end', () => this.#close())
    stream.on('error', () => this.#fail('its encoding is broken'))
    return stream
  }

  #fail(why: string): void {
    if (this.#over) return
    this.#failed(why)
    this.#close()
    this.#stream?.destroy()
  }

  #close(): void {
    if (this.#over) return
    this.#over = true
    this.#done?.()
  }
}
