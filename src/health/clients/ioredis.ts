import type { CheckFunction } from '../check.ts'
import { can, has, held, isObject } from './shape.ts'
import { loadingOf, roleOf } from './role.ts'

interface Client {
  call(...command: readonly string[]): Promise<unknown>
  ping(): Promise<unknown>
  readonly status: string
}

interface Cluster {
  ping(): Promise<unknown>
  nodes(role: 'master'): readonly Client[]
}

/** The check for a `Redis` or a `Cluster` of `ioredis`. */
export function ioredis(target: object): CheckFunction | undefined {
  if (!can(target, 'ping', 'hgetall', 'sendCommand', 'disconnect') || !has(target, 'status')) return undefined
  if (can(target, 'nodes', 'refreshSlotsCache')) return ofCluster(target as Cluster)
  return can(target, 'call') ? ofClient(target as Client) : undefined
}

function ofClient(client: Client): CheckFunction {
  const ask = (...command: readonly string[]): Promise<unknown> => client.call(...command)
  const mayRead = readsOnly(client)
  return async () => {
    // It keeps other commands back until the server has its data.
    const loading = client.status === 'connect' ? await loadingOf(ask) : undefined
    if (loading !== undefined) return loading
    await client.ping()
    return roleOf(ask, mayRead)
  }
}

// Each master has slots of its own, so one that is gone takes a part of the keys with it.
function ofCluster(cluster: Cluster): CheckFunction {
  return async () => {
    const masters = cluster.nodes('master')
    if (masters.length === 0) await cluster.ping()
    await Promise.all(masters.map((master) => master.ping()))
  }
}

function readsOnly(client: object): boolean {
  const options = held(client, 'options')
  return isObject(options) && (held(options, 'readOnly') === true || held(options, 'role') === 'slave')
}
