import type { CheckFunction, CheckResult } from '../check.ts'
import { pressed } from './loan.ts'
import { can, has, held, isObject } from './shape.ts'
import { roleOf } from './role.ts'

interface Client {
  ping(): Promise<unknown>
  sendCommand(command: readonly string[], options?: object): Promise<unknown>
}

interface Pool extends Client {
  readonly tasksQueueLength: number
}

interface Cluster {
  ping(): Promise<unknown>
  readonly masters: readonly { readonly client?: unknown }[]
}

/** The check for what `redis` makes: a client, a pool of them, a cluster or a sentinel. */
export function redis(target: object): CheckFunction | undefined {
  if (!can(target, 'ping', 'hGetAll', 'sendCommand')) return undefined
  if (has(target, 'masters')) return ofCluster(target as Cluster)
  if (can(target, 'getMasterNode')) return () => (target as Client).ping()
  if (has(target, 'tasksQueueLength')) return ofPool(target as Pool)
  return ofClient(target as Client)
}

function ofClient(client: Client): CheckFunction {
  const mayRead = readsOnly(client)
  return async (signal) => {
    const ask = asking(client, signal)
    await ask('ping')
    return roleOf(ask, mayRead)
  }
}

function ofPool(pool: Pool): CheckFunction {
  return async (signal): Promise<CheckResult> => {
    const before = pool.tasksQueueLength
    const ask = asking(pool, signal)
    await ask('ping')
    const role = await roleOf(ask, false)
    return role.status === 'pass' ? pressed(before) : role
  }
}

// Each master has slots of its own; one that nothing was asked of yet has no connection, and gets none from us.
function ofCluster(cluster: Cluster): CheckFunction {
  return async (signal) => {
    const masters = cluster.masters.map((master) => master.client).filter(isClient)
    if (masters.length === 0) await cluster.ping()
    await Promise.all(masters.map((master) => asking(master, signal)('ping')))
  }
}

// What waits to be sent is taken back when the time is up. Version 4 calls the option otherwise, and must not get it: it
// breaks its queue when what was sent already is taken back.
function asking(client: Client, signal: AbortSignal): (...command: readonly string[]) => Promise<unknown> {
  return (...command) => client.sendCommand(command, { abortSignal: signal })
}

function isClient(value: unknown): value is Client {
  return isObject(value) && can(value, 'ping', 'sendCommand')
}

function readsOnly(client: object): boolean {
  const options = held(client, 'options')
  return isObject(options) && held(options, 'readonly') === true
}
