import { freemem, totalmem } from 'node:os'
import type { Cgroup, ContainerMemory } from './cgroup.ts'
import type { Files } from './files.ts'

/** Memory, bytes; null where the platform does not say. */
export interface MemoryReading {
  /** What this process holds of real memory. */
  readonly rss: number
  /** What holds for it: the container's limit where one is set below the machine's memory, else that. */
  readonly limit: number | null
  readonly limitedBy: 'container' | 'host' | null
  /** All processes of the container; null without a limit. */
  readonly container: ContainerMemory | null
  readonly host: { readonly total: number; readonly available: number | null } | null
  readonly heapUsed: number
  /** Beyond it V8 ends the process. */
  readonly heapLimit: number | null
}

/** Reads the memory of process, container and host. */
export class Memory {
  readonly #files: Files
  readonly #cgroup: Cgroup
  readonly #platform: string

  constructor(files: Files, cgroup: Cgroup, platform: string = process.platform) {
    this.#files = files
    this.#cgroup = cgroup
    this.#platform = platform
  }

  async read(): Promise<MemoryReading> {
    const [host, group] = await Promise.all([this.#host(), this.#cgroup.memory()])
    // A limit above what there is limits nothing.
    const container = group !== undefined && (host === null || group.limit < host.total) ? group : null
    // Loading it takes a millisecond: not when the app starts.
    const heap = process.getBuiltinModule('node:v8').getHeapStatistics()
    return {
      rss: process.memoryUsage.rss(),
      limit: container?.limit ?? host?.total ?? null,
      limitedBy: container !== null ? 'container' : host !== null ? 'host' : null,
      container,
      host,
      heapUsed: heap.used_heap_size,
      heapLimit: heap.heap_size_limit > 0 ? heap.heap_size_limit : null,
    }
  }

  async #host(): Promise<MemoryReading['host']> {
    const text = this.#platform === 'linux' ? await this.#files.text('/proc/meminfo') : undefined
    if (text !== undefined) {
      const total = kilobytes(text, 'MemTotal')
      return total === null ? null : { total, available: kilobytes(text, 'MemAvailable') }
    }
    if (this.#platform === 'linux' || !(totalmem() > 0)) return null
    // On macOS the free pages say nothing of what is available: most of the others would be given back.
    return { total: totalmem(), available: this.#platform === 'win32' ? freemem() : null }
  }
}

function kilobytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
  return found === null ? null : Number(found[1]) * 1024
}
