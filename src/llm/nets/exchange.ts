import type { Ending, Watched } from '../seen.ts'

/** A watcher's place in the hub; what leaves its place is told nothing more. */
export interface Seat {
  taken: boolean
  /** Seen, but not to be read. */
  missed(url: string, why: string): void
}

/** What one watcher makes of an exchange. */
export interface Share {
  readonly seat: Seat
  readonly watched: Watched
}

/** One exchange, told to each watcher that wants it. Never throws: a watcher that does hears no more of this one. */
export class Exchange {
  readonly url: string
  #shares: readonly Share[]

  constructor(url: string, shares: readonly Share[]) {
    this.url = url
    this.#shares = shares
  }

  /** Whether anybody still listens. */
  get open(): boolean {
    return this.#shares.length > 0
  }

  /** The response has begun. */
  head(status: number, header: (name: string) => string | undefined): void {
    const quiet = (name: string): string | undefined => {
      try {
        return header(name)
      } catch {
        return undefined
      }
    }
    this.#each((share) => share.watched.head(status, quiet))
  }

  /** Some of its body, decoded. */
  bytes(chunk: Uint8Array): void {
    this.#each((share) => share.watched.bytes(chunk))
  }

  /** It is over; the second time does nothing. */
  end(how: Ending): void {
    this.#each((share) => share.watched.end(how))
    this.#shares = []
  }

  /** It cannot be read on: counted as untracked instead of as a call. */
  lose(why: string): void {
    this.#each((share) => share.seat.missed(this.url, why))
    this.#shares = []
  }

  /** Another net tells the same exchange. */
  drop(): void {
    this.#shares = []
  }

  #each(tell: (share: Share) => void): void {
    for (const share of this.#shares) {
      try {
        if (share.seat.taken) tell(share)
        else this.#leave(share)
      } catch {
        this.#leave(share)
      }
    }
  }

  #leave(share: Share): void {
    this.#shares = this.#shares.filter((other) => other !== share)
  }
}
