import type { CheckResult, TimedCheck } from '../check.ts'
import { reasonOf } from './event.ts'
import { Sole } from './sole.ts'

/** A pool of connections, as the driver has it. */
export interface Lender<C> {
  /** Waits in the pool's own queue; on abort it may give up, or come late. */
  readonly lend: (signal: AbortSignal) => Promise<C>
  /** One round trip. */
  readonly ask: (connection: C) => Promise<unknown>
  /** Gives it back; a broken one is closed instead. */
  readonly release: (connection: C, isBroken: boolean) => void
  /** How many wait in the queue. */
  readonly waiting: () => number
}

/** So many runs in a row may wait in vain for their turn before a pool that is full is taken for one that is dead. */
const PATIENCE = 2

/**
 * A check that borrows one connection of a pool. One that answers too late is closed, since the app would wait for it
 * as well; one that is lent too late is given back. At most one request waits in the pool's queue.
 */
export function borrowing<C>(pool: Lender<C>): TimedCheck {
  const turn = new Sole(pool.lend, (connection) => release(pool, connection, false))
  let inVain = 0
  const check = async (signal: AbortSignal): Promise<CheckResult> => {
    const before = pool.waiting()
    const connection = await turn.take(signal)
    inVain = 0
    await asked(pool, connection, signal)
    return pressed(before)
  }
  const late = (): CheckResult | undefined => {
    const waiting = pool.waiting()
    if (!turn.isUnderWay || waiting === 0 || ++inVain > PATIENCE) return undefined
    return { ...pressed(waiting), message: 'every connection was in use until the time was up' }
  }
  return Object.assign(check, { late })
}

/** What a pool says of itself beside its answer: a queue before it is a warning. */
export function pressed(waiting: number): CheckResult {
  if (!(waiting > 0)) return { status: 'pass' }
  return {
    status: 'warn',
    code: 'pool_saturated',
    value: waiting,
    unit: 'waiting',
    message: `${waiting} wait in its queue`,
  }
}

/** Asks over a connection and gives it back in any case, at once when the time is up. */
function asked<C>(pool: Lender<C>, connection: C, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      release(pool, connection, true)
      reject(reasonOf(signal))
    }
    const settle = (isBroken: boolean): void => {
      signal.removeEventListener('abort', giveUp)
      if (!signal.aborted) release(pool, connection, isBroken)
    }
    signal.addEventListener('abort', giveUp)
    const ask = async (): Promise<unknown> => pool.ask(connection)
    ask().then(
      () => {
        settle(false)
        resolve()
      },
      (error: unknown) => {
        settle(true)
        reject(error)
      }
    )
  })
}

function release<C>(pool: Lender<C>, connection: C, isBroken: boolean): void {
  try {
    pool.release(connection, isBroken)
  } catch {
    // It is the pool's no longer.
  }
}
