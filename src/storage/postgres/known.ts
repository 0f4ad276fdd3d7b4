/** Bytes of sealed boxes that are kept here. */
const MOST = 8 * 1024 * 1024

/** A sealed box as it was read before: `put` names the call that has put it, and so its content. */
export interface Held {
  readonly shelf: number
  readonly start: number
  readonly put: string
  readonly numbers: Uint8Array
}

const nameOf = ({ shelf, start }: Pick<Held, 'shelf' | 'start'>): string => `${shelf} ${start}`

/** The scalars of sealed boxes that were read last: of those that are still the same the server sends no bytes again. */
export class Known {
  readonly #boxes = new Map<string, Held>()
  #bytes = 0

  /** Of a shelf, oldest first: from ≤ start < to. */
  within(shelf: number, from: number, to: number): Held[] {
    const found = [...this.#boxes.values()].filter(
      (held) => held.shelf === shelf && held.start >= from && held.start < to
    )
    return found.sort((a, b) => a.start - b.start)
  }

  /** What was read longest ago makes room. */
  hold(held: Held): void {
    this.#drop(nameOf(held))
    if (held.numbers.length > MOST / 8) return
    this.#boxes.set(nameOf(held), held)
    this.#bytes += held.numbers.length
    for (const oldest of this.#boxes.keys()) {
      if (this.#bytes <= MOST) break
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    const held = this.#boxes.get(name)
    if (held === undefined) return
    this.#boxes.delete(name)
    this.#bytes -= held.numbers.length
  }
}
