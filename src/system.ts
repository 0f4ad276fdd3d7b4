import { dirname, parse, resolve } from 'node:path'
import type { HttpCollector } from './collectors/http.ts'
import { SystemCollector } from './collectors/system/collector.ts'
import { watchGarbage } from './collectors/system/gc.ts'
import type { EventLoop } from './collectors/system/loop.ts'
import type { Usage } from './collectors/system/usage.ts'
import type { Settings } from './config.ts'
import type { Draft } from './core/event.ts'
import type { Registry } from './core/registry.ts'
import { type Clock, MINUTE } from './core/time.ts'
import type { Guard } from './guard.ts'
import { placeOf } from './storage/place.ts'

/** What a System is made of. */
export interface SystemParts {
  readonly settings: Pick<Settings, 'system' | 'health' | 'instance' | 'storage'>
  readonly clock: Clock
  readonly registry: Registry
  readonly usage: Usage
  readonly http: Pick<HttpCollector, 'active' | 'streams'>
  readonly guard: Guard
}

/** The second reading comes early: from then on it is known what is computed, and not only what is held. */
const SOON = 1_000

/** Those of one process that keep the same numbers in the same store, as two servers do: the first of them reads. */
const seats = new Map<unknown, System[]>()

/** Reads process and machine every so often, on timers of its own: a store that is down is no reason not to look. */
export class System {
  readonly #parts: SystemParts
  #collector: SystemCollector | undefined
  #timers: NodeJS.Timeout[] = []
  #ticker: NodeJS.Timeout | undefined
  #key: unknown = this
  #seat: System[] = []
  #unwatch: () => void = () => undefined
  #flying = false
  #rows: Draft[] = []
  #rowAt = -Infinity
  #cpu: number[] = []

  constructor(parts: SystemParts) {
    this.#parts = parts
  }

  /** Who has to be told when a request has had the event loop; undefined where nobody looks. */
  get loop(): EventLoop | undefined {
    return this.#parts.settings.system === undefined ? undefined : this.#parts.usage.loop
  }

  /** For the snapshot: what is known by now. */
  get facts(): Readonly<Record<string, number | null>> {
    const { cpu, memory, disk, rss, loopP99 } = (this.#seat[0] ?? this).#collector?.latest ?? {}
    return {
      cpu_percent: rounded(cpu),
      memory_mb: rounded(rss === undefined || rss === null ? rss : rss / 1e6),
      memory_percent: rounded(memory),
      disk_percent: rounded(disk),
      event_loop_p99_ms: rounded(loopP99),
    }
  }

  start(): void {
    const { system, health } = this.#parts.settings
    if (system !== undefined) this.#sit(system.every)
    // Checks look at the event loop too.
    if (system !== undefined || health !== false) this.#again()
  }

  stop(): void {
    clearTimeout(this.#ticker)
    this.#ticker = undefined
    const read = this.#collector !== undefined
    this.#halt()
    this.#rise(read)
  }

  #halt(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    this.#unwatch()
    this.#collector = undefined
  }

  /** Leaves what it did to the next one. */
  #rise(read: boolean): void {
    const at = this.#seat.indexOf(this)
    if (at < 0) return
    this.#seat.splice(at, 1)
    const [next] = this.#seat
    if (next === undefined) seats.delete(this.#key)
    else if (read) next.#observe(next.#parts.settings.system!.every, false)
  }

  #sit(every: number): void {
    const { storage, instance } = this.#parts.settings
    const isOwn = typeof storage === 'string' && placeOf(storage).kind === 'memory'
    this.#key = isOwn ? this : typeof storage === 'string' ? `${instance} ${storage}` : storage
    this.#seat = seats.get(this.#key) ?? []
    this.#seat.push(this)
    seats.set(this.#key, this.#seat)
    if (this.#seat.length === 1) this.#observe(every, true)
  }

  /** Rows of the table `system_metrics`: one a minute. */
  drain(): Draft[] {
    return this.#rows.splice(0)
  }

  #observe(every: number, starts: boolean): void {
    const { settings, registry, clock, usage, guard } = this.#parts
    const root = parse(resolve('.')).root
    const place = placeOf(settings.storage)
    const folder = place.kind === 'sqlite' ? dirname(place.path) : root
    const collector = new SystemCollector({ registry, clock, usage, instance: settings.instance, folder, root })
    if (starts) collector.started()
    this.#collector = collector
    this.#unwatch = watchGarbage((type, ms) => guard.run('garbage', () => collector.paused(type, ms), undefined))
    const sample = (): void => this.#sample(collector)
    this.#timers.push(setTimeout(sample, 0).unref(), setInterval(sample, every).unref())
    if (every > 2 * SOON) this.#timers.push(setTimeout(sample, SOON).unref())
  }

  #again(): void {
    this.#ticker = setTimeout(() => this.#tick(), this.#parts.usage.loop.next).unref()
  }

  #tick(): void {
    if (this.#ticker === undefined) return
    const { guard, usage, http } = this.#parts
    const tick = (): void => {
      const late = usage.loop.tick(http.active - http.streams > 1)
      const stray = usage.loop.stray()
      this.#collector?.late(late)
      if (stray > 0) this.#collector?.blocked(stray)
    }
    guard.run('event loop', tick, undefined)
    guard.run('event loop', () => this.#again(), undefined)
  }

  /** What is known at once is recorded at once; of what has to be waited for there is one reading in flight. */
  #sample(collector: SystemCollector): void {
    const { guard } = this.#parts
    guard.run('system', () => collector.sampleOwn(), undefined)
    collector.sampleDisks().catch((error: unknown) => guard.caught('system', error))
    if (this.#flying) return
    this.#flying = true
    collector
      .sample()
      .then(() => this.#row(collector))
      .catch((error: unknown) => guard.caught('system', error))
      .finally(() => (this.#flying = false))
  }

  /** One row a minute: the mean of what was computed, and what memory and disk are like. */
  #row({ latest }: SystemCollector): void {
    const { clock, settings } = this.#parts
    if (latest.cpu !== null) this.#cpu.push(latest.cpu)
    const now = clock.monotonic()
    if (this.#cpu.length === 0 || now - this.#rowAt < MINUTE) return
    this.#rowAt = now
    const cpus = this.#cpu.splice(0)
    const cpu = rounded(cpus.reduce((sum, one) => sum + one, 0) / cpus.length)
    const fields = { cpu, memory: rounded(latest.memory), disk: rounded(latest.disk) }
    const labels = { instance: settings.instance }
    this.#rows.push({ kind: 'system', time: clock.now(), name: 'system', value: 1, weight: 1, labels, fields })
  }
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100
}
