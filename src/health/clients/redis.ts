import type { CheckFunction, CheckResult, TimedCheck } from '../check.ts'
import { type Emitter, told } from './event.ts'
import { pressed } from './loan.ts'
import { can, has, held, isObject } from './shape.ts'
import { DISCONNECTED, roleOf } from './role.ts'
import { Sole } from './sole.ts'

interface Asked {
  ping(): Promise<unknown>
  sendCommand(command: readonly string[], options?: object): Promise<unknown>
}

interface Client extends Asked, Emitter {
  readonly isOpen: boolean
  readonly isReady: boolean
}

interface Pool extends Asked {
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
  if (can(target, 'getMasterNode')) return () => (target as Asked).ping()
  if (has(target, 'tasksQueueLength')) return ofPool(target as Pool)
  return ofClient(target as Client)
}

function ofClient(client: Client): TimedCheck {
  const mayRead = readsOnly(client)
  const exchange = new Sole(async (signal) => {
    const ask = asking(client, signal)
    await ask('ping')
    return roleOf(ask, mayRead)
  })
  const isBetween = (): boolean => client.isOpen && !client.isReady
  const check = async (signal: AbortSignal): Promise<CheckResult> => {
    if (isBetween()) await told(client, 'ready', signal)
    return exchange.take(signal)
  }
  return Object.assign(check, { late: () => (isBetween() ? DISCONNECTED : undefined) })
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
function asking(client: Asked, signal: AbortSignal): (...command: readonly string[]) => Promise<unknown> {
  return (...command) => client.sendCommand(command, { abortSignal: signal })
}

function isClient(value: unknown): value is Asked {
  return isObject(value) && can(value, 'ping', 'sendCommand')
}

function readsOnly(client: object): boolean {
  const options = held(client, 'options')
  return isObject(options) && held(options, 'readonly') === true
}
