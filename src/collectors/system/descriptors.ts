import type { Files } from './files.ts'

/** File descriptors of this process; null where the platform does not say. */
export interface DescriptorsReading {
  readonly open: number | null
  readonly limit: number | null
}

/** Counts open file descriptors and reads how many there may be. */
export async function readDescriptors(files: Files): Promise<DescriptorsReading> {
  const [open, limits] = await Promise.all([files.entries('/proc/self/fd'), files.text('/proc/self/limits')])
  const soft = /^Max open files +(\d+) /m.exec(limits ?? '')?.[1]
  return { open: open ?? null, limit: soft === undefined ? null : Number(soft) }
}
