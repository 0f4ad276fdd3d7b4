import type { Files } from './files.ts'

/** What a container may take of memory, and takes; bytes. */
export interface ContainerMemory {
  readonly limit: number
  /** Without what the kernel would give back first, files that nobody reads any more: what counts when it looks for a victim. */
  readonly used: number | null
}

/** The folders of one controller that hold this process, innermost first. */
interface Branch {
  readonly version: 1 | 2
  readonly folders: readonly string[]
}

/** What version 1 says where there is no limit: the largest count of pages, which depends on the machine. */
const NO_LIMIT = 2 ** 60

/** The limits of the control groups that this process is in: of all the groups around it the narrowest holds. */
export class Cgroup {
  readonly #files: Files
  #membership: string | undefined
  /** Both controllers are asked for at once: it is read once for both. */
  #reading: Promise<string | undefined> | undefined
  #branches: ReadonlyMap<string, Branch> = new Map()

  constructor(files: Files) {
    this.#files = files
  }

  /** Undefined where no limit is set. */
  async memory(): Promise<ContainerMemory | undefined> {
    const branch = await this.#branch('memory')
    if (branch === undefined) return undefined
    const [name, usage, cold] =
      branch.version === 2
        ? (['memory.max', 'memory.current', 'inactive_file'] as const)
        : (['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'] as const)
    const limits = await Promise.all(
      branch.folders.map(async (folder) => ({ folder, limit: await this.#number(folder, name) }))
    )
    let found: { folder: string; limit: number } | undefined
    for (const { folder, limit } of limits) {
      if (limit === undefined || limit <= 0 || limit >= NO_LIMIT) continue
      if (found === undefined || limit < found.limit) found = { folder, limit }
    }
    if (found === undefined) return undefined
    const [taken, stat] = await Promise.all([
      this.#number(found.folder, usage),
      this.#files.text(`${found.folder}/memory.stat`),
    ])
    return { limit: found.limit, used: taken === undefined ? null : Math.max(0, taken - field(stat, cold)) }
  }

  /** How many processors' time the process may take; undefined where no quota is set. */
  async processors(): Promise<number | undefined> {
    const branch = await this.#branch('cpu')
    if (branch === undefined) return undefined
    const quotas = await Promise.all(branch.folders.map((folder) => this.#quota(folder, branch.version)))
    const set = quotas.filter((quota) => quota !== undefined)
    return set.length === 0 ? undefined : Math.min(...set)
  }

  async #quota(folder: string, version: 1 | 2): Promise<number | undefined> {
    const [quota, period] =
      version === 2
        ? ((await this.#files.text(`${folder}/cpu.max`)) ?? '').trim().split(/\s+/).map(Number)
        : await Promise.all([this.#number(folder, 'cpu.cfs_quota_us'), this.#number(folder, 'cpu.cfs_period_us')])
    if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined
    return quota / period
  }

  async #number(folder: string, name: string): Promise<number | undefined> {
    const text = (await this.#files.text(`${folder}/${name}`))?.trim()
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
  }

  /** A process may be moved while it runs, so this is read each time; where groups are mounted only when it was. */
  async #branch(controller: string): Promise<Branch | undefined> {
    const membership = await (this.#reading ??= this.#files.text('/proc/self/cgroup'))
    this.#reading = undefined
    if (membership !== this.#membership) {
      const mounts = membership === undefined ? '' : ((await this.#files.records('/proc/self/mountinfo')) ?? '')
      this.#branches = branches(membership ?? '', mounts)
      this.#membership = membership
    }
    return this.#branches.get(controller)
  }
}

/** The branch of each controller, from /proc/self/cgroup and /proc/self/mountinfo. */
function branches(membership: string, mountinfo: string): Map<string, Branch> {
  const mounts = mountinfo.split('\n').flatMap(mountOf)
  const found = new Map<string, Branch>()
  for (const line of membership.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (names === undefined || path === undefined) continue
    const version = names === '' ? 2 : 1
    for (const controller of version === 2 ? ['memory', 'cpu'] : names.split(',')) {
      // Where both versions are mounted, the one that names a controller has it.
      if (version === 2 && found.has(controller)) continue
      const mount = mounts.find((one) => (version === 2 ? one.version === 2 : one.controllers.includes(controller)))
      if (mount !== undefined) found.set(controller, { version, folders: foldersOf(mount, path) })
    }
  }
  return found
}

interface Mount {
  readonly version: 1 | 2
  readonly root: string
  readonly point: string
  readonly controllers: readonly string[]
}

function mountOf(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root, point] = before.split(' ')
  const [type, , options = ''] = after.split(' ')
  if (root === undefined || point === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return []
  const spelt = (text: string): string =>
    text.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)))
  return [
    { version: type === 'cgroup2' ? 2 : 1, root: spelt(root), point: spelt(point), controllers: options.split(',') },
  ]
}

/** A container sees its own group at the mount point, while its path may still be told from outside. */
function foldersOf({ root, point }: Mount, path: string): string[] {
  const inside = root === '/' ? path : path === root ? '/' : path.startsWith(`${root}/`) ? path.slice(root.length) : '/'
  const parts = inside.split('/').filter((part) => part !== '' && part !== '..')
  const folders = [point]
  for (const part of parts) folders.unshift(`${folders[0]}/${part}`)
  return folders
}

function field(stat: string | undefined, name: string): number {
  const line = stat?.split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.slice(name.length + 1)) || 0
}
