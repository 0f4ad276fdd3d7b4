import type { CheckResult } from '../check.ts'

/** Sends one command and gives its reply; in small letters, by which version 5 of ioredis knows what may be asked early. */
export type Ask = (...command: readonly string[]) => Promise<unknown>

// Commands that look at the server may be forbidden, unknown to what speaks Redis' protocol, or out of place in a
// connection that listens.
const NOT_TOLD = /^(ERR|NOPERM)\b|subscriber mode|not allowed|unknown command/i

/** What a client is that waits for its connection to come back. */
export const DISCONNECTED: CheckResult = { status: 'fail', code: 'disconnected', message: 'the connection is away' }

/** What a server says of its role: written to is only a master, and a replica without one is out of date. */
export async function roleOf(ask: Ask, mayRead: boolean): Promise<CheckResult> {
  const reply = await answer(ask, 'role')
  if (!Array.isArray(reply)) return { status: 'pass' }
  const [role, , , link] = reply.map(String)
  if (role !== 'slave') return { status: 'pass' }
  if (link !== 'connected') {
    return { status: 'fail', code: 'MASTERDOWN', message: `it is a replica, and its link to the master is '${link}'` }
  }
  return mayRead ? { status: 'pass' } : { status: 'fail', code: 'READONLY', message: 'it is a replica' }
}

/** Whether a server that is reached but not yet served says why: it loads its data. */
export async function loadingOf(ask: Ask): Promise<CheckResult | undefined> {
  const reply = await answer(ask, 'info', 'persistence')
  if (!/^loading:1/m.test(String(reply))) return undefined
  return { status: 'fail', code: 'LOADING', message: 'it is loading its data' }
}

async function answer(ask: Ask, ...command: readonly string[]): Promise<unknown> {
  try {
    return await ask(...command)
  } catch (error) {
    if (error instanceof Error && NOT_TOLD.test(error.message)) return undefined
    throw error
  }
}
