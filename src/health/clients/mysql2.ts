import type { CheckFunction, TimedCheck } from '../check.ts'
import { borrowing, type Lender } from './loan.ts'
import { can, has, held, isObject } from './shape.ts'

type Done = (error: unknown) => void

interface Connection {
  ping(done: Done): unknown
}

interface Borrowed extends Connection {
  release(): void
  destroy(): void
  on(event: string, listener: () => void): unknown
}

interface Pool {
  getConnection(done: (error: unknown, connection: Borrowed) => void): unknown
}

/** The check for a pool or a connection of `mysql2`, with callbacks or with promises. */
export function mysql2(target: object): CheckFunction | undefined {
  const core = coreOf(target)
  if (can(core, 'getConnection', 'query', 'execute', 'end') && has(core, '_connectionQueue'))
    return ofPool(core as Pool)
  if (!can(core, 'ping', 'query', 'execute', 'changeUser', 'end')) return undefined
  return () => pinged(core as Connection)
}

// What speaks promises stands before what speaks callbacks.
function coreOf(target: object): object {
  if (!can(target, 'query', 'execute', 'end')) return target
  const core = held(target, 'pool') ?? held(target, 'connection')
  return isObject(core) && can(core, 'query', 'execute', 'end') ? core : target
}

function ofPool(pool: Pool): TimedCheck {
  const lender: Lender<Borrowed> = {
    lend: () =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
      }),
    ask: pinged,
    release: (connection, isBroken) => (isBroken ? connection.destroy() : connection.release()),
    waiting: () => waitingOf(pool),
  }
  return borrowing(lender)
}

function pinged(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.ping((error) => (error ? reject(error) : resolve()))
  })
}

function waitingOf(pool: object): number {
  const queue = held(pool, '_connectionQueue')
  const length = isObject(queue) ? (queue as { length?: unknown }).length : undefined
  return typeof length === 'number' ? length : 0
}
