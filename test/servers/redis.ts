import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { program } from '../../scripts/system.ts'
import { Daemon, freePort } from './daemon.ts'

/** A Redis server with a folder of its own; nothing in it outlives a restart. */
export interface Redis {
  /** `redis://127.0.0.1:port`, without user, password and database. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Gives it a command by redis-cli; answers what that prints, lines unquoted. */
  cli(...args: readonly string[]): string
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  freeze(): void
  resume(): void
  /** Stops it and removes its folder. */
  end(): Promise<void>
}

/** Starts a Redis server on a free port; `args` are further settings, such as `--requirepass`, `secret`. */
export async function startRedis(args: readonly string[] = [], credentials: readonly string[] = []): Promise<Redis> {
  return serve(await freePort(), args, credentials)
}

async function serve(port: number, args: readonly string[], credentials: readonly string[]): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-redis-'))
  const daemon = new Daemon({
    command: program('redis-server'),
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...args],
    cwd: folder,
    serves: (said) => said.includes('Ready to accept connections'),
  })
  await daemon.start()
  return Object.assign(daemon, {
    url: `redis://127.0.0.1:${port}`,
    port,
    cli: (...command: readonly string[]) => cli(port, [...credentials, ...command]),
    end: async () => {
      await daemon.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

function cli(port: number, args: readonly string[]): string {
  const all = ['-h', '127.0.0.1', '-p', `${port}`, ...args]
  return execFileSync(program('redis-cli'), all, { encoding: 'utf8', timeout: 10_000, stdio: 'pipe' }).trim()
}

/** Starts a replica of `primary`, in step with it. */
export async function startReplica(primary: Redis): Promise<Redis> {
  const replica = await startRedis(['--replicaof', '127.0.0.1', `${primary.port}`, '--repl-diskless-sync-delay', '0'])
  await until(() => replica.cli('info', 'replication').includes('master_link_status:up'))
  return replica
}

/** A Redis Cluster of three nodes that share all slots. */
export interface Cluster {
  /** `redis+cluster://…` with every node. */
  readonly url: string
  readonly nodes: readonly Redis[]
  /** The node that holds the slot of `key`. */
  ownerOf(key: string): Redis
  /** Moves the slot of `key`, keys and all, to another node, `step` keys at a time. */
  move(key: string, step?: (moved: number) => Promise<void>): Promise<void>
  end(): Promise<void>
}

const SLOTS = 16_384

/** Starts three nodes on free ports, with further settings, and makes a cluster of them. */
export async function startCluster(more: readonly string[] = []): Promise<Cluster> {
  const nodes: Redis[] = []
  for (let place = 0; place < 3; place++) {
    const port = await freePort()
    const bus = await freePort()
    const args = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '2000']
    nodes.push(await serve(port, [...args, ...more], []))
  }
  const [first] = nodes as [Redis]
  for (const [place, node] of nodes.entries()) {
    const from = Math.floor((SLOTS * place) / nodes.length)
    const to = Math.floor((SLOTS * (place + 1)) / nodes.length) - 1
    node.cli('cluster', 'addslotsrange', `${from}`, `${to}`)
    const bus = /:\d+@(\d+)/.exec(node.cli('cluster', 'nodes'))?.[1]
    if (node !== first) first.cli('cluster', 'meet', '127.0.0.1', `${node.port}`, bus ?? '')
  }
  const isWhole = (node: Redis): boolean =>
    node.cli('cluster', 'info').includes('cluster_state:ok') && node.cli('cluster', 'nodes').split('\n').length === 3
  await until(() => nodes.every(isWhole))
  const ownerOf = (key: string): Redis => owner(nodes, slotOf(first, key))
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    ownerOf,
    move: (key, step) => move(nodes, slotOf(first, key), step),
    end: async () => void (await Promise.all(nodes.map((node) => node.end()))),
  }
}

const slotOf = (node: Redis, key: string): string => node.cli('cluster', 'keyslot', key)
const idOf = (node: Redis): string => node.cli('cluster', 'myid')

function owner(nodes: readonly Redis[], slot: string): Redis {
  const isOwner = (node: Redis): boolean => {
    const mine = node
      .cli('cluster', 'nodes')
      .split('\n')
      .find((line) => line.includes('myself'))
    const ranges = (mine ?? '').split(' ').slice(8)
    return ranges.some((range) => {
      const [from = '', to = from] = range.split('-')
      return Number(from) <= Number(slot) && Number(slot) <= Number(to)
    })
  }
  return nodes.find(isOwner) ?? nodes[0]!
}

async function move(nodes: readonly Redis[], slot: string, step?: (moved: number) => Promise<void>): Promise<void> {
  const from = owner(nodes, slot)
  const to = nodes.find((node) => node !== from)!
  to.cli('cluster', 'setslot', slot, 'importing', idOf(from))
  from.cli('cluster', 'setslot', slot, 'migrating', idOf(to))
  for (let moved = 0; ;) {
    const keys = from.cli('cluster', 'getkeysinslot', slot, '3').split('\n').filter(Boolean)
    if (keys.length === 0) break
    from.cli('migrate', '127.0.0.1', `${to.port}`, '', '0', '5000', 'keys', ...keys)
    moved += keys.length
    await step?.(moved)
  }
  for (const node of [to, from, ...nodes]) node.cli('cluster', 'setslot', slot, 'node', idOf(to))
}

/** Sentinel that watches a primary with one replica under the name `mine`. */
export interface Sentinel {
  /** `redis+sentinel://…/mine`. */
  readonly url: string
  readonly primary: Redis
  readonly replica: Redis
  readonly sentinel: Redis
  end(): Promise<void>
}

/** Starts a primary, a replica and one Sentinel, which alone may decide. */
export async function startSentinel(): Promise<Sentinel> {
  const primary = await startRedis(['--repl-diskless-sync-delay', '0'])
  const replica = await startReplica(primary)
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const watch = `sentinel monitor mine 127.0.0.1 ${primary.port} 1\nsentinel down-after-milliseconds mine 500\n`
  writeFileSync(file, `${watch}sentinel failover-timeout mine 3000\n`)
  const port = await freePort()
  const daemon = new Daemon({
    command: program('redis-server'),
    args: [file, '--sentinel', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder],
    cwd: folder,
    serves: (said) => said.includes('+monitor'),
  })
  await daemon.start()
  const sentinel = Object.assign(daemon, {
    url: `redis://127.0.0.1:${port}`,
    port,
    cli: (...command: readonly string[]) => cli(port, command),
    end: () => daemon.stop(),
  })
  await until(() => sentinel.cli('sentinel', 'replicas', 'mine').includes(`${replica.port}`))
  return {
    url: `redis+sentinel://127.0.0.1:${port}/mine`,
    primary,
    replica,
    sentinel,
    end: async () => {
      await Promise.all([sentinel.end(), primary.end(), replica.end()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once something holds; it is asked every few ms, for half a minute at most. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come: ${String(holds)}`)
    await pause(20)
  }
}
