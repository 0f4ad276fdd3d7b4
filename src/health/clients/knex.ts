import type { CheckFunction } from '../check.ts'
import { borrowing } from './loan.ts'
import { can, has } from './shape.ts'

interface Connection {
  __knex__disposed?: unknown
}

interface Knex {
  raw(sql: string): { connection(connection: Connection): PromiseLike<unknown> }
  readonly client: {
    acquireConnection(): Promise<Connection>
    releaseConnection(connection: Connection): Promise<unknown>
    readonly pool?: { numPendingAcquires(): number }
  }
}

/** The check for an instance of Knex. */
export function knex(target: object): CheckFunction | undefined {
  if (!can(target, 'raw', 'select', 'destroy') || !has(target, 'client', 'migrate')) return undefined
  const { client } = target as Knex
  return borrowing<Connection>({
    lend: () => client.acquireConnection(),
    ask: async (connection) => void (await (target as Knex).raw('SELECT 1').connection(connection)),
    release: (connection, isBroken) => {
      // How Knex marks what its pool must not lend again.
      if (isBroken) connection.__knex__disposed = new Error('a check had no answer in time')
      client.releaseConnection(connection).catch(() => undefined)
    },
    waiting: () => client.pool?.numPendingAcquires() ?? 0,
  })
}
