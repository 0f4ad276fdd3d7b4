import { mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Clock, DAY, HOUR } from '../../core/time.ts'
import { pack, type Packed } from './compact.ts'
import type { Table } from './rates.ts'
import { table } from './unpack.ts'

/** Newer prices than those that ship. */
export interface Newest {
  readonly table: Table
  /** The day on which they were read. */
  readonly asOf: string
}

/** What a Feed works with. */
export interface FeedParts {
  readonly url: string
  /** Where the last answer is kept for the next start. */
  readonly folder: string
  readonly clock: Clock
  /** Fewer models than that are no price list. */
  readonly least: number
  /** Told why there are no newer prices. */
  readonly failed: (error: unknown) => void
}

const FILE = 'pocketmetrics-prices.json'
/** Four times what it was in November 2026. */
const MOST_BYTES = 5_000_000
const PATIENCE = 15_000

/** Where programs keep what they can get again. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pocketmetrics')
}

/** The catalogue's feed: read once a day, in the background, and kept on disk. What is broken changes nothing. */
export class Feed {
  readonly #parts: FeedParts
  #next = 0

  constructor(parts: FeedParts) {
    this.#parts = parts
  }

  /** What was read on an earlier day; undefined where there is nothing, or nothing that can be used. */
  async load(): Promise<Newest | undefined> {
    const path = join(this.#parts.folder, FILE)
    try {
      const { size, mtimeMs } = await stat(path)
      if (size > MOST_BYTES) return undefined
      const newest = this.#checked(await readFile(path, 'utf8'), mtimeMs)
      this.#next = mtimeMs + DAY
      return newest
    } catch {
      // The first time there is no file, and a broken one is written anew.
      return undefined
    }
  }

  /** Reads the feed when it is a day old, and tells what is new. Never waits, never throws. */
  look(told: (newest: Newest) => void): void {
    const now = this.#parts.clock.now()
    if (now < this.#next) return
    this.#next = now + HOUR
    void this.#read(now)
      .then((newest) => {
        this.#next = now + DAY
        told(newest)
      })
      .catch((error: unknown) => this.#parts.failed(error))
  }

  async #read(now: number): Promise<Newest> {
    const text = await download(this.#parts.url)
    const newest = this.#checked(text, now)
    await this.#keep(text, now).catch((error: unknown) => this.#parts.failed(error))
    return newest
  }

  async #keep(text: string, now: number): Promise<void> {
    const { folder } = this.#parts
    const path = join(folder, FILE)
    const made = `${path}.${process.pid}`
    await mkdir(folder, { recursive: true })
    await writeFile(made, text)
    await utimes(made, now / 1000, now / 1000)
    await rename(made, path)
  }

  #checked(text: string, time: number): Newest {
    const packed = pack(JSON.parse(text))
    const models = Object.values(packed.rows).reduce((sum, rows) => sum + rows.length, 0)
    if (models < this.#parts.least || !isWhole(packed)) throw new Error(`the feed lists ${models} models, too few`)
    return { table: table(packed), asOf: new Date(time).toISOString().slice(0, 10) }
  }
}

function isWhole({ rows }: Packed): boolean {
  return ['openai', 'anthropic', 'google'].every((provider) => (rows[provider]?.length ?? 0) > 5)
}

/** The text at an address. A process that has nothing else to do does not wait for it. */
function download(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('http:') ? getPlain : getSecure
    const request = get(url, { agent: false, headers: { accept: 'application/json' } }, (response) => {
      read(response).then(resolve, reject)
    })
    request.on('socket', (socket) => socket.unref())
    request.on('error', reject)
    request.setTimeout(PATIENCE, () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)))
  })
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`the feed answered ${response.statusCode}`)
  }
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error(`the feed is larger than ${MOST_BYTES / 1e6} MB`)
    chunks.push(chunk)
  }
  if (!response.complete) throw new Error('the feed ended early')
  return Buffer.concat(chunks).toString()
}
