/** What node:http's and node:https' servers have. */
interface Closable {
  readonly listening?: boolean
  close?(): unknown
  closeIdleConnections?(): void
}

const LOOSE = 100

/** The servers that have had requests; none is kept from being collected. */
export class Servers {
  #seen: WeakRef<object>[] = []

  add(server: object): void {
    if (this.#seen.length >= LOOSE) this.#seen = this.#seen.filter((one) => one.deref() !== undefined)
    this.#seen.push(new WeakRef(server))
  }

  /** Those that listen and that `ours` says are meant. */
  listening(ours: (server: object) => boolean): Closable[] {
    return this.#seen
      .map((one) => one.deref())
      .filter((server) => server !== undefined && (server as Closable).listening === true && ours(server)) as Closable[]
  }

  /** Takes no more connections there, and lets go of those that are idle. */
  shut(ours: (server: object) => boolean): void {
    for (const server of this.listening(ours)) {
      server.close?.()
      server.closeIdleConnections?.()
    }
  }
}
