import { cpus } from 'node:os'
import type { Clock } from '../../core/time.ts'
import type { Cgroup } from './cgroup.ts'
import type { Files } from './files.ts'

/** What was computed since the last reading; null where the platform does not say, or before there were two. */
export interface CpuReading {
  /** CPU time of the process, microseconds. */
  readonly micros: number
  /** The same in percent of the container's quota, or of one core where there is none. */
  readonly percent: number | null
  /** Share of the time in which the machine's cores were busy. */
  readonly hostPercent: number | null
}

interface Times {
  readonly busy: number
  readonly all: number
}

const LEAST = 100

/** Reads what process and machine compute. */
export class Cpu {
  readonly #clock: Clock
  readonly #files: Files
  readonly #cgroup: Cgroup
  readonly #platform: string
  #at: number
  #micros: number
  #host: Times | undefined

  constructor(clock: Clock, files: Files, cgroup: Cgroup, platform: string = process.platform) {
    this.#clock = clock
    this.#files = files
    this.#cgroup = cgroup
    this.#platform = platform
    this.#at = clock.monotonic()
    this.#micros = processMicros()
  }

  async read(): Promise<CpuReading> {
    const before = this.#host
    const [processors, host] = await Promise.all([this.#cgroup.processors(), this.#hostTimes()])
    const at = this.#clock.monotonic()
    const elapsed = at - this.#at
    const total = processMicros()
    const micros = Math.max(0, total - this.#micros)
    this.#at = at
    this.#micros = total
    this.#host = host
    const percent = elapsed < LEAST ? null : micros / 10 / elapsed / (processors ?? 1)
    return { micros, percent, hostPercent: shareOf(before, host) }
  }

  async #hostTimes(): Promise<Times | undefined> {
    if (this.#platform === 'linux') return timesOf(await this.#files.text('/proc/stat'))
    // Elsewhere it costs no more than a call of the kernel; on Linux it would ask each core for its clock rate.
    const all = cpus().map(({ times }) => times)
    const busy = all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
    return all.length === 0 ? undefined : { busy, all: busy + all.reduce((sum, { idle }) => sum + idle, 0) }
  }
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal; guests are in user. */
function timesOf(stat: string | undefined): Times | undefined {
  const times = /^cpu +([\d ]+)$/m
    .exec(stat ?? '')?.[1]
    ?.trim()
    .split(/ +/)
    .slice(0, 8)
    .map(Number)
  if (times === undefined || times.length < 4) return undefined
  const all = times.reduce((sum, time) => sum + time, 0)
  return { busy: all - times[3]! - (times[4] ?? 0), all }
}

/** Counts of idle cores may step back by a tick. */
function shareOf(before: Times | undefined, now: Times | undefined): number | null {
  if (before === undefined || now === undefined || now.all <= before.all) return null
  return Math.min(100, Math.max(0, ((now.busy - before.busy) / (now.all - before.all)) * 100))
}

function processMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
