/**
 * Which part of a JSON value is kept. `value`: as it is; `mark`: only that it is there (neither null nor false);
 * `size`: how many bytes a text has; `count`: how many items a list has. All else is passed over.
 */
export interface Mesh {
  readonly keep?: 'value' | 'mark' | 'size' | 'count'
  readonly keys?: Keys
  readonly items?: Mesh
}

/** A name that is looked for, and what is kept of its value. */
export interface Key {
  readonly name: string
  readonly mesh: Mesh
}

/** Where the hash of a name begins (FNV-1a, 32 bits). */
export const EMPTY: number = 0x811c9dc5 | 0

/** The hash of a name that is longer by a byte. */
export function hashed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 16_777_619)
}

/** Names in ASCII, found by their hash: a name in a stream of bytes is never made a text. */
export class Keys {
  readonly #found = new Map<number, Key>()

  constructor(fields: Readonly<Record<string, Mesh>>) {
    for (const [name, mesh] of Object.entries(fields)) {
      let hash = EMPTY
      for (let at = 0; at < name.length; at++) hash = hashed(hash, name.charCodeAt(at))
      this.#found.set(hash, { name, mesh })
    }
  }

  /** The key whose name has this hash and this many bytes. */
  find(hash: number, length: number): Key | undefined {
    const key = this.#found.get(hash)
    return key?.name.length === length ? key : undefined
  }
}
