import type { CheckFunction, CheckResult, TimedCheck } from '../check.ts'
import { type Emitter, told } from './event.ts'
import { borrowing, type Lender } from './loan.ts'
import { can, has, held } from './shape.ts'

interface Client extends Emitter {
  query(sql: string): Promise<unknown>
}

interface Borrowed extends Client {
  release(isBroken?: boolean): void
}

interface Pool {
  connect(): Promise<Borrowed>
  readonly waitingCount: number
}

const ASK = 'SELECT 1'
const IN_FAILED_TRANSACTION = '25P02'
const BUSY: CheckResult = { status: 'warn', code: 'client_busy', message: 'it was asked other things all the time' }

/** The check for a `Pool` or a `Client` of `pg`, and for what is made like them. */
export function pg(target: object): CheckFunction | undefined {
  if (can(target, 'connect', 'query') && has(target, 'waitingCount', 'idleCount', 'totalCount')) {
    return ofPool(target as Pool)
  }
  return can(target, 'connect', 'query', 'end', 'escapeLiteral', 'on', 'off') ? ofClient(target as Client) : undefined
}

function ofPool(pool: Pool): TimedCheck {
  const lender: Lender<Borrowed> = {
    lend: (signal) => {
      const known = clientsOf(pool)
      const lent = pool.connect()
      const opening = clientsOf(pool).find((client) => !known.includes(client))
      if (opening !== undefined) closeOnAbort(opening, lent, signal)
      return lent
    },
    ask: (client) => {
      // A connection that breaks says so to the pool only while it is idle; unheard, it would end the process.
      client.on('error', ignore)
      return client.query(ASK)
    },
    release: (client, isBroken) => {
      client.release(isBroken)
      if (!isBroken) client.off('error', ignore)
    },
    waiting: () => pool.waitingCount,
  }
  return borrowing(lender)
}

function ofClient(client: Client): TimedCheck {
  let awaited: unknown
  const check = async (signal: AbortSignal): Promise<void> => {
    awaited = isBusy(client) ? held(client, '_activeQuery') : undefined
    if (awaited !== undefined) await told(client, 'drain', signal)
    awaited = undefined
    await client.query(ASK).catch((error: unknown) => {
      // The app is in a transaction that has failed; the server has answered.
      if ((error as { code?: unknown }).code !== IN_FAILED_TRANSACTION) throw error
    })
  }
  // Another query than that at the start: the server answers, only not to us.
  const late = (): CheckResult | undefined =>
    awaited === undefined || held(client, '_activeQuery') === awaited ? undefined : BUSY
  return Object.assign(check, { late })
}

// What pg does itself with `connectionTimeoutMillis`, which has no default: a connection that never comes would keep
// its place in the pool.
function closeOnAbort(opening: object, lent: Promise<unknown>, signal: AbortSignal): void {
  const connection = held(opening, 'connection')
  const stream = typeof connection === 'object' && connection !== null ? held(connection, 'stream') : undefined
  const close = (): void => (stream as { destroy?: () => void } | undefined)?.destroy?.()
  signal.addEventListener('abort', close, { once: true })
  const forget = (): void => signal.removeEventListener('abort', close)
  lent.then(forget, forget)
}

function clientsOf(pool: object): readonly object[] {
  const clients = held(pool, '_clients')
  return Array.isArray(clients) ? [...(clients as object[])] : []
}

// pg warns, and will refuse, when a query is asked while another waits already.
function isBusy(client: object): boolean {
  const queue = held(client, '_queryQueue')
  return Array.isArray(queue) && queue.length > 0
}

function ignore(): void {}
