import type { Window } from '../core/window.ts'
import type { Part } from './sets.ts'

/** What the sealed boxes of a question came to, and which they were. */
export interface Recalled {
  readonly windows: readonly Window[]
  readonly part: Part
  readonly warnings: readonly string[]
}

/** Histograms kept at most (most of them are also in the memory of folds), and windows at some 300 bytes. */
const MOST = { points: 2_000, windows: 10_000 }

/**
 * Answers of all sealed boxes together, for as long as the driver says that none of these has changed: then they need be
 * neither read nor chosen again, however many they are.
 */
export class Recall {
  #version: string | undefined
  readonly #entries = new Map<string, Recalled>()
  #points = 0
  #windows = 0

  /** Forgets what is not of this version, and gives what is. */
  get(version: string | undefined, key: string): Recalled | undefined {
    if (version === undefined || version !== this.#version) this.#clear(version)
    return this.#entries.get(key)
  }

  /** Keeps what was made of boxes that were read when this version had been seen. */
  set(version: string | undefined, key: string, recalled: Recalled): void {
    if (version === undefined || version !== this.#version || this.#entries.has(key)) return
    const [points, windows] = [recalled.part.size, recalled.windows.length]
    if (points > MOST.points || windows > MOST.windows) return
    // They are of this moment: none has been asked for more often than others.
    if (this.#points + points > MOST.points || this.#windows + windows > MOST.windows) this.#clear(version)
    this.#entries.set(key, recalled)
    this.#points += points
    this.#windows += windows
  }

  #clear(version: string | undefined): void {
    this.#version = version
    this.#entries.clear()
    this.#points = 0
    this.#windows = 0
  }
}
