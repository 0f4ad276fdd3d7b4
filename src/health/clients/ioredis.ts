import type { CheckFunction, CheckResult, TimedCheck } from '../check.ts'
import { type Emitter, told } from './event.ts'
import { can, has, held, isObject } from './shape.ts'
import { DISCONNECTED, loadingOf, roleOf } from './role.ts'
import { Sole } from './sole.ts'

interface Client extends Emitter {
  call(...command: readonly string[]): Promise<unknown>
  ping(): Promise<unknown>
  readonly status: string
}

interface Node {
  ping(): Promise<unknown>
  readonly options: { readonly host?: string; readonly port?: number }
}

interface Cluster {
  ping(): Promise<unknown>
  nodes(role: 'all'): readonly Node[]
  refreshSlotsCache(done: () => void): unknown
}

/** The check for a `Redis` or a `Cluster` of `ioredis`. */
export function ioredis(target: object): CheckFunction | undefined {
  if (!can(target, 'ping', 'hgetall', 'sendCommand', 'disconnect') || !has(target, 'status')) return undefined
  if (can(target, 'nodes', 'refreshSlotsCache')) return ofCluster(target as Cluster)
  return can(target, 'call') ? ofClient(target as Client) : undefined
}

/** Between two connections, when commands would be kept for later. */
const AWAY: ReadonlySet<string> = new Set(['connecting', 'close', 'reconnecting'])

function ofClient(client: Client): TimedCheck {
  const ask = (...command: readonly string[]): Promise<unknown> => client.call(...command)
  const mayRead = readsOnly(client)
  const exchange = new Sole(async () => {
    await client.ping()
    return roleOf(ask, mayRead)
  })
  const isArriving = (): boolean => client.status === 'connect'
  const check = async (signal: AbortSignal): Promise<CheckResult> => {
    if (AWAY.has(client.status)) await told(client, 'connect', signal)
    // It tells that it is loading before it takes other commands.
    const loading = isArriving() ? await loadingOf(ask) : undefined
    if (loading !== undefined) return loading
    if (isArriving()) await told(client, 'ready', signal)
    return exchange.take(signal)
  }
  return Object.assign(check, { late: () => (AWAY.has(client.status) || isArriving() ? DISCONNECTED : undefined) })
}

// Each master has slots of its own, so one that is gone takes a part of the keys with it.
function ofCluster(cluster: Cluster): CheckFunction {
  return async (): Promise<CheckResult> => {
    if (mastersOf(cluster).length === 0) await cluster.ping()
    // A connection that has ended is forgotten until the slots are looked at again.
    if (mastersOf(cluster).some((address) => nodeAt(cluster, address) === undefined)) await refreshed(cluster)
    const nodes = mastersOf(cluster).map((address) => nodeAt(cluster, address))
    await Promise.all(nodes.flatMap((node) => (node === undefined ? [] : [node.ping()])))
    if (!nodes.includes(undefined)) return { status: 'pass' }
    return { status: 'fail', code: 'CLUSTERDOWN', message: 'a master of the cluster is away' }
  }
}

function refreshed(cluster: Cluster): Promise<void> {
  return new Promise((resolve) => void cluster.refreshSlotsCache(() => resolve()))
}

/** The addresses of those who hold slots; also of one that the cluster has lost its connection to. */
function mastersOf(cluster: object): readonly string[] {
  const slots = held(cluster, 'slots')
  if (!Array.isArray(slots)) return []
  return [...new Set((slots as (readonly string[] | undefined)[]).flatMap((owners) => owners?.[0] ?? []))]
}

function nodeAt(cluster: Cluster, address: string): Node | undefined {
  return cluster.nodes('all').find(({ options: { host, port } }) => `${host}:${port}` === address)
}

function readsOnly(client: object): boolean {
  const options = held(client, 'options')
  return isObject(options) && (held(options, 'readOnly') === true || held(options, 'role') === 'slave')
}
