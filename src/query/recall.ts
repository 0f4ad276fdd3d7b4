import type { Window } from '../core/window.ts'
import type { Part } from './sets.ts'

/** What the sealed boxes of a question came to, and which they were. */
export interface Recalled {
  readonly windows: readonly Window[]
  readonly part: Part
  readonly warnings: readonly string[]
}

/** Histograms kept at most (most of them are also in the memory of folds), and bytes of windows and keys. */
const MOST = { points: 2_000, bytes: 4 * 1024 * 1024 }
/** What a window takes, and each writer that it names. */
const BYTES_EACH = 200

/**
 * Answers of all sealed boxes together, for as long as the driver says that none of these has changed: then they need be
 * neither read nor chosen again, however many they are.
 */
export class Recall {
  #version: string | undefined
  readonly #entries = new Map<string, Recalled>()
  #points = 0
  #bytes = 0

  /** Forgets what is not of this version, and gives what is. */
  get(version: string | undefined, key: string): Recalled | undefined {
    if (version === undefined || version !== this.#version) this.#clear(version)
    return this.#entries.get(key)
  }

  /** Keeps what was made of boxes that were read when this version had been seen. */
  set(version: string | undefined, key: string, recalled: Recalled): void {
    if (version === undefined || version !== this.#version || this.#entries.has(key)) return
    const points = recalled.part.size
    const named = recalled.windows.reduce((sum, { contents }) => sum + 1 + contents.length, 1)
    const bytes = BYTES_EACH * named + 2 * key.length
    if (points > MOST.points || bytes > MOST.bytes) return
    // They are of this moment: none has been asked for more often than others.
    if (this.#points + points > MOST.points || this.#bytes + bytes > MOST.bytes) this.#clear(version)
    this.#entries.set(key, recalled)
    this.#points += points
    this.#bytes += bytes
  }

  #clear(version: string | undefined): void {
    this.#version = version
    this.#entries.clear()
    this.#points = 0
    this.#bytes = 0
  }
}
