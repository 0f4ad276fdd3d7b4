import type { CheckResult, TimedCheck } from '../check.ts'
import { reasonOf } from './event.ts'

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
const PATIENCE = 3

/**
 * A check that borrows one connection of a pool. One that answers too late is closed, since the app would wait for it
 * as well; one that is lent too late is given back. At most one request waits in the pool's queue.
 */
export function borrowing<C>(pool: Lender<C>): TimedCheck {
  const turn = new Turn(pool)
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
    if (!turn.isWaiting || waiting === 0 || ++inVain > PATIENCE) return undefined
    return { ...pressed(waiting), message: 'every connection was in use until the time was up' }
  }
  return Object.assign(check, { late })
}

/** A place in the queue of a pool. A run that comes while an earlier one's request still waits takes it over. */
class Turn<C> {
  readonly #pool: Lender<C>
  #lent: Promise<void> | undefined
  #taker: ((connection: C) => void) | undefined

  constructor(pool: Lender<C>) {
    this.#pool = pool
  }

  get isWaiting(): boolean {
    return this.#lent !== undefined
  }

  take(signal: AbortSignal): Promise<C> {
    return new Promise((resolve, reject) => {
      this.#taker = resolve
      const giveUp = (): void => {
        this.#taker = undefined
        reject(reasonOf(signal))
      }
      signal.addEventListener('abort', giveUp)
      this.#lent ??= this.#lend(signal)
      void this.#lent.catch(reject).then(() => signal.removeEventListener('abort', giveUp))
    })
  }

  async #lend(signal: AbortSignal): Promise<void> {
    try {
      const connection = await this.#pool.lend(signal)
      if (this.#taker === undefined) release(this.#pool, connection, false)
      else this.#taker(connection)
    } finally {
      this.#lent = undefined
      this.#taker = undefined
    }
  }
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
