import { startProxy } from '../../test/servers/proxy.ts'
import { startCluster, startRedis, startSentinel } from '../../test/servers/redis.ts'
import type { Field } from '../field.ts'

/** What every store of Redis here is called; its keys have this hash tag. */
export const PREFIX = 'chaos'

// Written before it is said, and not synced: what ends is the server, not the machine. `everysec` may hold a write back.
const APPENDS = ['--appendonly', 'yes', '--appendfsync', 'no']
const at = (url: string): string => `${url}?prefix=${PREFIX}`

async function behindProxy(store: string, args: readonly string[], durable: boolean): Promise<Field> {
  const redis = await startRedis(args)
  const proxy = await startProxy(redis.port)
  const url = at(`redis://127.0.0.1:${proxy.port}`)
  const end = async (): Promise<void> => {
    await proxy.stop()
    await redis.end()
  }
  return { store, url, truth: at(redis.url), env: {}, before: [], proxy, redis, durable, end }
}

/** One server that writes down what it is given before it says so. */
export const redis = (): Promise<Field> => behindProxy('redis', APPENDS, true)

/** One server that keeps a snapshot at best: a crash takes it back to that. */
export const snapshots = (): Promise<Field> => behindProxy('redis-snapshots', [], false)

/** Three nodes that share all slots, each of which writes down what it is given. */
export async function cluster(): Promise<Field> {
  const nodes = await startCluster(APPENDS)
  const url = at(nodes.url)
  const end = (): Promise<void> => nodes.end()
  return { store: 'redis-cluster', url, truth: url, env: {}, before: [], cluster: nodes, durable: true, end }
}

/** A primary and a replica, and a Sentinel that chooses between them. */
export async function sentinel(): Promise<Field> {
  const watched = await startSentinel()
  const url = at(watched.url)
  const end = async (): Promise<void> => {
    for (const server of [watched.primary, watched.replica]) server.resume()
    await watched.end()
  }
  return { store: 'redis-sentinel', url, truth: url, env: {}, before: [], sentinel: watched, end }
}
