import type { CheckFunction } from '../check.ts'
import { Sole } from './sole.ts'

/** So many runs wait for one answer before it is asked for anew. */
const PATIENCE = 2

/**
 * A check by a client that chooses connections itself and cannot take a question back. One that hangs on a connection
 * that is dead must not hide that others work: after some runs it is asked once more, and never a third time.
 */
export function withSpare(act: () => PromiseLike<unknown>): CheckFunction {
  const ask = async (): Promise<unknown> => act()
  const first = new Sole(ask)
  const spare = new Sole(ask)
  let inVain = 0
  return (signal) => {
    inVain = first.isUnderWay ? inVain + 1 : 0
    return (inVain >= PATIENCE ? spare : first).take(signal)
  }
}
