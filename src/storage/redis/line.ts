import { MetricsError } from '../../errors.ts'

/** What a command is told beside its name. */
export type Argument = string | number | Buffer

/** A reply: numbers, bytes, lists of them. */
export type Reply = number | Buffer | string | null | readonly Reply[]

/** One connection, whichever client it is made of. Commands sent in one turn travel together; replies are bytes. */
export interface Line {
  /** `key` is one of the arguments: in a cluster it says where to. */
  send(command: string, args: readonly Argument[], key: string): Promise<Reply>
  /** Why it broke, once it has. */
  readonly broken: unknown
  /** Ends it at once, if it is ours. */
  end(): void
}

/** The promise's outcome, or after `ms` a rejection with `storage_timeout`, of which `late` is told; a late outcome is dropped without a trace. */
export function within<T>(promise: Promise<T>, ms: number, what: string, late?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late?.()
      const hint = 'look at the load of the server, and at the network'
      reject(
        new MetricsError('storage_timeout', `Redis has not answered ${what} within ${Math.round(ms)} ms`, { hint })
      )
    }, ms)
  })
  return Promise.race([promise, over]).finally(() => clearTimeout(timer))
}

/** The text of a reply. */
export const textOf = (reply: Reply | undefined): string =>
  Buffer.isBuffer(reply) ? reply.toString() : reply === null || reply === undefined ? '' : String(reply)

export const listOf = (reply: Reply | undefined): readonly Reply[] => (Array.isArray(reply) ? (reply as Reply[]) : [])
