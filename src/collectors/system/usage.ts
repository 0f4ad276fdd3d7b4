import type { Clock } from '../../core/time.ts'
import { Cgroup } from './cgroup.ts'
import { type DiskReading, Disks } from './disk.ts'
import { type Files, filesUnder } from './files.ts'
import { EventLoop, type LoopWindow } from './loop.ts'
import { Memory, type MemoryReading } from './memory.ts'

/** What is used of the machine, read when asked: for metrics and checks alike. Nothing here rejects or blocks. */
export class Usage {
  readonly loop: EventLoop
  readonly cgroup: Cgroup
  readonly disks: Disks
  readonly files: Files
  readonly #memory: Memory

  constructor(clock: Clock, files: Files = filesUnder(), disks: Disks = new Disks()) {
    this.loop = new EventLoop(clock)
    this.cgroup = new Cgroup(files)
    this.disks = disks
    this.files = files
    this.#memory = new Memory(files, this.cgroup)
  }

  /** A view of the event loop for one reader: each `read()` gives what was since his last one. */
  eventLoop(): LoopWindow {
    return this.loop.window()
  }

  /** Process, container and host, as of now. */
  memory(): Promise<MemoryReading> {
    return this.#memory.read()
  }

  /** How full the file system of a folder is; null where that cannot be read. May hang as long as the file system does. */
  disk(folder: string): Promise<DiskReading | null> {
    return this.disks.read(folder)
  }
}
