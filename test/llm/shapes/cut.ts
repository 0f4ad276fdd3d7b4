import { constants, createBrotliCompress, createDeflate, createGzip, type BrotliCompress, type Gzip } from 'node:zlib'

const SLICE = 64 * 1024

/** The frames as bytes, each whole at once, packed as a server that streams does it. */
export async function* encoded(
  frames: readonly string[],
  encoding?: 'gzip' | 'br' | 'deflate'
): AsyncGenerator<Buffer> {
  const packer = packerOf(encoding)
  const packed: Buffer[] = []
  packer?.on('data', (piece: Buffer) => packed.push(piece))
  for (const frame of frames) {
    if (packer === undefined) yield Buffer.from(frame)
    else {
      packer.write(frame)
      await new Promise<void>((resolve) => packer.flush(() => resolve()))
      yield Buffer.concat(packed.splice(0))
    }
  }
  if (packer === undefined) return
  await new Promise<void>((resolve) => packer.on('end', () => resolve()).end())
  yield Buffer.concat(packed.splice(0))
}

function packerOf(encoding?: 'gzip' | 'br' | 'deflate'): Gzip | BrotliCompress | undefined {
  if (encoding === 'gzip') return createGzip({ flush: constants.Z_SYNC_FLUSH })
  if (encoding === 'deflate') return createDeflate({ flush: constants.Z_SYNC_FLUSH })
  return encoding === 'br' ? createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }) : undefined
}

/** Cuts bytes to so many each, or in the middle of every character that has more than one. */
export function* split(bytes: Buffer, how: 'frame' | 'inside' | number): Generator<Buffer> {
  if (how === 'inside') return yield* insides(bytes)
  const size = how === 'frame' ? SLICE : how
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function* insides(bytes: Buffer): Generator<Buffer> {
  let from = 0
  for (let at = 1; at < bytes.length; at++) {
    const continues = (bytes[at]! & 0xc0) === 0x80
    if (!continues && at - from < SLICE) continue
    yield bytes.subarray(from, at)
    from = at
  }
  if (from < bytes.length) yield bytes.subarray(from)
}
