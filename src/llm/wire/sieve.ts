import { Held } from './held.ts'
import { EMPTY, hashed, type Key, type Mesh } from './keys.ts'

/** What is left of a JSON text: plain values under the names that were asked for. */
export type Doc = Readonly<Record<string, unknown>>

interface Frame {
  readonly mesh: Mesh
  readonly list: unknown[] | undefined
  readonly fields: Record<string, unknown>
  /** The key whose value comes; undefined for one that is not looked for. */
  key: Key | undefined
  count: number
}

// Where the reading is: between documents, in a container that is kept, in a key, before a colon or a value, in a value
// that is passed over (a text, a container, a number or word), or after what is no JSON.
type State = 'between' | 'inside' | 'key' | 'colon' | 'value' | 'text' | 'nest' | 'scalar' | 'dead'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN = 0x7b
const CLOSE = 0x7d
const MOST_ITEMS = 4096

/**
 * Reads JSON that comes in pieces of any size, keeps what its mesh names and forgets the rest at once: a body of 35 MB
 * takes no more memory than one of 1 KB. Several documents may follow each other, by lines or as items of one list.
 */
export class Sieve {
  readonly #mesh: Mesh
  readonly #took: (doc: Doc) => void
  readonly #held: Held
  /** Containers that are open, the innermost last, and that one. */
  #frames: Frame[] = []
  #frame: Frame | undefined
  #state: State = 'between'
  /** What is to be kept of the value at hand. */
  #wanted: Mesh | undefined
  #depth = 0
  #quoted = false
  #escaped = false
  #size = 0
  #hash = 0

  /** Gives each document to `took` when it ends; a kept value of more than `limit` bytes is left out. */
  constructor(mesh: Mesh, took: (doc: Doc) => void, limit = 65_536) {
    this.#mesh = mesh
    this.#took = took
    this.#held = new Held(limit)
  }

  /** Reads on; what is no JSON is passed over until `reset`. */
  feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    let at = from
    while (at < to && this.#state !== 'dead') at = this.#step(bytes, at, to)
  }

  /** Begins anew, and gives what there is of a document that has not ended. */
  reset(): Doc | undefined {
    const rest = this.#frames[0]?.fields
    for (let i = this.#frames.length - 1; i > 0; i--) this.#put(this.#frames[i - 1]!, outcome(this.#frames[i]!))
    this.#frames = []
    this.#frame = undefined
    this.#state = 'between'
    return rest
  }

  #step(bytes: Uint8Array, at: number, to: number): number {
    switch (this.#state) {
      case 'key':
        return this.#name(bytes, at, to)
      case 'text':
      case 'nest':
        return this.#pass(bytes, at, to)
      case 'scalar':
        return this.#scalar(bytes, at, to)
      default:
        return isSpace(bytes[at]!) ? at + 1 : this.#sign(bytes[at]!, at)
    }
  }

  /** A byte outside of texts, numbers and what is passed over. */
  #sign(byte: number, at: number): number {
    if (this.#state === 'between') return this.#begin(byte, at)
    const frame = this.#frame!
    if (this.#state === 'value') return this.#value(frame, byte, at, frame.key?.mesh)
    if (this.#state === 'colon') this.#state = byte === COLON ? 'value' : 'dead'
    else if (byte === (frame.list ? CLOSE_LIST : CLOSE)) this.#close()
    else if (byte === COMMA) return at + 1
    else if (frame.list) return this.#value(frame, byte, at, frame.mesh.items)
    else if (byte === QUOTE) this.#beginKey()
    else this.#state = 'dead'
    return at + 1
  }

  #begin(byte: number, at: number): number {
    if (byte === OPEN) this.#open(this.#mesh, false)
    // The items of a list of documents are documents.
    else if (byte !== OPEN_LIST && byte !== CLOSE_LIST && byte !== COMMA) this.#state = 'dead'
    return at + 1
  }

  #open(mesh: Mesh, list: boolean): void {
    this.#frame = { mesh, list: list ? [] : undefined, fields: {}, key: undefined, count: 0 }
    this.#frames.push(this.#frame)
    this.#state = 'inside'
  }

  #close(): void {
    const frame = this.#frames.pop()!
    const parent = this.#frames.at(-1)
    this.#frame = parent
    this.#state = parent === undefined ? 'between' : 'inside'
    if (parent === undefined) this.#took(frame.fields)
    else this.#put(parent, outcome(frame))
  }

  #put(frame: Frame, value: unknown): void {
    if (value === undefined) return
    if (frame.list === undefined) frame.fields[frame.key!.name] = value
    else if (frame.list.length < MOST_ITEMS) frame.list.push(value)
  }

  #value(frame: Frame, byte: number, at: number, wanted: Mesh | undefined): number {
    frame.count++
    if (byte === OPEN && wanted?.keys) return (this.#open(wanted, false), at + 1)
    if (byte === OPEN_LIST && (wanted?.items || wanted?.keep === 'count')) return (this.#open(wanted, true), at + 1)
    this.#wanted = wanted
    this.#size = 0
    this.#escaped = false
    this.#held.clear()
    // `null` and `false` are no news.
    if (wanted?.keep === 'mark' && byte !== 0x6e && byte !== 0x66) this.#put(frame, true)
    this.#quoted = byte === QUOTE
    this.#depth = byte === OPEN || byte === OPEN_LIST ? 1 : 0
    this.#state = this.#quoted ? 'text' : this.#depth === 1 ? 'nest' : 'scalar'
    if (this.#state === 'scalar') return at
    if (wanted?.keep === 'value') this.#held.add(byte)
    return at + 1
  }

  /** Passes over a text or a container, and copies it if it is to be kept. */
  #pass(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && !this.#ends(bytes[at]!)) at = this.#quoted ? this.#text(bytes, at + 1, to) : at + 1
    const end = Math.min(at + 1, to)
    if (this.#wanted?.keep === 'value') this.#held.copy(bytes, from, end)
    this.#size += end - from
    if (at < to) this.#ended()
    return end
  }

  /** Whether the value at hand ends with this byte. */
  #ends(byte: number): boolean {
    if (this.#escaped) this.#escaped = false
    else if (this.#quoted) {
      if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) {
        this.#quoted = false
        return this.#depth === 0
      }
    } else if (byte === QUOTE) this.#quoted = true
    else if (byte === OPEN || byte === OPEN_LIST) this.#depth++
    else if (byte === CLOSE || byte === CLOSE_LIST) return --this.#depth === 0
    return false
  }

  /** The next byte in a text that means something; most bytes of most bodies are passed here. */
  #text(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    if (this.#escaped) return at
    while (at < to && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at++
    return at
  }

  #scalar(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && !isEnd(bytes[at]!)) at++
    if (this.#wanted?.keep === 'value') this.#held.copy(bytes, from, at)
    if (at < to) this.#ended()
    return at
  }

  #ended(): void {
    const keep = this.#wanted?.keep
    if (keep === 'value') this.#put(this.#frame!, this.#held.json())
    // Without the closing quote.
    else if (keep === 'size' && this.#state === 'text') this.#put(this.#frame!, this.#size - 1)
    this.#state = 'inside'
  }

  #beginKey(): void {
    this.#state = 'key'
    this.#hash = EMPTY
    this.#size = 0
  }

  #name(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    let hash = this.#hash
    while (at < to && (this.#escaped || bytes[at] !== QUOTE)) {
      this.#escaped = !this.#escaped && bytes[at] === BACKSLASH
      hash = hashed(hash, bytes[at]!)
      at++
    }
    this.#hash = hash
    this.#size += at - from
    if (at === to) return to
    this.#frame!.key = this.#frame!.mesh.keys!.find(hash, this.#size)
    this.#state = 'colon'
    return at + 1
  }
}

function outcome(frame: Frame): unknown {
  return frame.mesh.keep === 'count' && frame.list ? frame.count : (frame.list ?? frame.fields)
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isEnd(byte: number): boolean {
  return byte === COMMA || byte === CLOSE || byte === CLOSE_LIST || isSpace(byte)
}
