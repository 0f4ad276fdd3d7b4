import { loadavg } from 'node:os'
import type { Registry } from '../../core/registry.ts'
import type { Series } from '../../core/series.ts'
import type { Clock } from '../../core/time.ts'
import { BACKGROUND, type Metric, STORED, type StoredKey } from '../../names.ts'
import { Cpu, type CpuReading } from './cpu.ts'
import { readDescriptors } from './descriptors.ts'
import type { DiskReading } from './disk.ts'
import { Handles } from './handles.ts'
import { readHeap } from './heap.ts'
import type { LoopWindow } from './loop.ts'
import type { MemoryReading } from './memory.ts'
import type { Usage } from './usage.ts'

/** Where a SystemCollector looks and what it is called. */
export interface SystemOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly usage: Usage
  readonly instance: string
  /** The folder of the store's file, and the root folder, which may be the same. */
  readonly folder: string
  readonly root: string
  readonly platform?: string
}

/** The latest of what most people ask for; null where it is not known. */
export interface Standing {
  readonly cpu: number | null
  readonly memory: number | null
  readonly disk: number | null
  readonly rss: number | null
  /** ms */
  readonly loopP99: number | null
}

const NOTHING: Standing = { cpu: null, memory: null, disk: null, rss: null, loopP99: null }

/** Records what process and machine are like. What is not known is not recorded. */
export class SystemCollector {
  readonly #options: SystemOptions
  readonly #labels: { readonly instance: string }
  readonly #cpu: Cpu
  readonly #handles: Handles
  readonly #loop: LoopWindow
  readonly #platform: string
  readonly #delay: Series
  readonly #spaces = new Set<string>()
  #latest: Standing = NOTHING

  constructor(options: SystemOptions) {
    const { clock, usage, platform = process.platform } = options
    this.#options = options
    this.#labels = { instance: options.instance }
    this.#platform = platform
    this.#cpu = new Cpu(clock, usage.files, usage.cgroup, platform)
    this.#handles = new Handles(clock)
    this.#loop = usage.eventLoop()
    this.#delay = options.registry.series(STORED.loopDelay, this.#labels)
  }

  get latest(): Standing {
    return this.#latest
  }

  /** The process has started. */
  started(): void {
    this.#set('starts', 1)
  }

  /** By how much a timer came too late, ms. */
  late(ms: number): void {
    this.#delay.observe(Math.round(ms * 1000), this.#options.clock.now())
  }

  /** A long turn of the event loop that was no request's, ms. */
  blocked(ms: number): void {
    this.#observe(STORED.blocking, { endpoint: BACKGROUND }, Math.round(ms * 1000))
  }

  /** A pause for garbage collection, ms. */
  paused(type: string, ms: number): void {
    this.#observe(STORED.gc, { ...this.#labels, type }, Math.round(ms * 1000))
  }

  /** Records what the process knows of itself, at once. */
  sampleOwn(): void {
    this.#set('uptime', process.uptime())
    this.#recordRss()
    this.#recordLoop()
    this.#set('handles', this.#handles.read())
    this.#recordHeap()
    this.#recordLoad()
  }

  /** Reads and records what the kernel knows. */
  async sample(): Promise<void> {
    const { usage } = this.#options
    const [cpu, memory, descriptors] = await Promise.all([
      this.#cpu.read(),
      usage.memory(),
      readDescriptors(usage.files),
    ])
    this.#recordCpu(cpu)
    this.#recordMemory(memory)
    this.#set('openFiles', descriptors.open)
    this.#set('openFilesLimit', descriptors.limit)
  }

  /** Reads and records disks; one that hangs is not known until it comes back, and holds up nothing else. */
  async sampleDisks(): Promise<void> {
    const { folder, root } = this.#options
    const [own, other] = [this.#disk(folder), folder === root ? undefined : this.#disk(root)]
    const percent = (await own)?.usedPercent ?? null
    this.#set('disk', percent)
    this.#set('diskFree', (await own)?.available ?? null)
    this.#latest = { ...this.#latest, disk: percent }
    this.#set('rootDisk', folder === root ? percent : ((await other)?.usedPercent ?? null))
  }

  async #disk(path: string): Promise<DiskReading | null> {
    const { disks } = this.#options.usage
    return disks.hangs(path) ? null : disks.read(path)
  }

  #recordCpu({ micros, percent, hostPercent }: CpuReading): void {
    this.#set('cpuTime', micros)
    this.#set('cpu', percent)
    this.#set('hostCpu', hostPercent)
    this.#latest = { ...this.#latest, cpu: percent ?? this.#latest.cpu }
  }

  #recordMemory({ rss, limit, container, host }: MemoryReading): void {
    const percent = limit === null ? null : (rss / limit) * 100
    this.#set('memoryLimit', limit)
    this.#set('memoryPercent', percent)
    this.#set('containerMemory', container?.used ?? null)
    this.#set('containerMemoryPercent', share(container?.used, container?.limit))
    const { available = null, total } = host ?? {}
    this.#set('hostMemoryPercent', available === null ? null : share((total ?? 0) - available, total))
    this.#latest = { ...this.#latest, memory: percent }
  }

  #recordRss(): void {
    const rss = process.memoryUsage.rss()
    this.#set('memory', rss)
    this.#latest = { ...this.#latest, rss }
  }

  #recordLoop(): void {
    const { utilization, p99 } = this.#loop.read()
    this.#set('loopUtilization', utilization)
    this.#latest = { ...this.#latest, loopP99: p99 }
  }

  #recordHeap(): void {
    const { used, limit, external, spaces } = readHeap()
    this.#set('heap', used)
    this.#set('heapPercent', share(used, limit))
    this.#set('external', external)
    for (const [type, bytes] of spaces) {
      // Half of them are never used.
      if (bytes === 0 && !this.#spaces.has(type)) continue
      this.#spaces.add(type)
      this.#observe(STORED.heapSpace, { ...this.#labels, type }, bytes)
    }
  }

  #recordLoad(): void {
    // Windows has none, and Node says 0.
    if (this.#platform === 'win32') return
    const [one, five, fifteen] = loadavg()
    this.#set('load1', one ?? null)
    this.#set('load5', five ?? null)
    this.#set('load15', fifteen ?? null)
  }

  #set(key: StoredKey, value: number | null): void {
    if (value !== null) this.#observe(STORED[key], this.#labels, value)
  }

  #observe(metric: Metric, labels: Readonly<Record<string, string>>, value: number): void {
    if (Number.isFinite(value)) this.#options.registry.series(metric, labels).observe(value, this.#options.clock.now())
  }
}

function share(part: number | null | undefined, whole: number | null | undefined): number | null {
  return part === null || part === undefined || !whole ? null : (part / whole) * 100
}
