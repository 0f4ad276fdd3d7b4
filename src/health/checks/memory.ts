import type { CheckFunction } from '../check.ts'

/** Memory in bytes; null where the platform does not say. */
export interface MemoryFigures {
  /** What this process holds. */
  readonly rss: number
  /** What there is for it: the container's limit, or the machine's memory. */
  readonly limit: number | null
  /** What all processes of the container hold, without what can be given back; null without a limit. */
  readonly container: { readonly used: number | null } | null
  readonly heapUsed: number
  readonly heapLimit: number | null
}

/**
 * Warns when so large a share is taken of what ends the process first: the container's limit or the heap's. The heap's
 * present size says nothing: V8 keeps it just above what is used.
 */
export function memoryCheck(read: () => Promise<MemoryFigures>, most: number): CheckFunction {
  return async () => {
    const figures = await read()
    const taken = { memory: share(figures.container?.used ?? figures.rss, figures.limit), heap: heap(figures) }
    const which = taken.heap > taken.memory ? 'heap' : 'memory'
    const value = Math.round(taken[which] * 1000) / 10
    if (taken[which] < most) return { status: 'pass', value, unit: '%' }
    const limit = which === 'heap' ? figures.heapLimit : figures.limit
    const message = `${value} % of ${Math.round((limit ?? 0) / 1e6)} MB of ${which} are in use`
    return { status: 'warn', code: `${which}_high`, message, value, unit: '%' }
  }
}

function heap({ heapUsed, heapLimit }: MemoryFigures): number {
  return share(heapUsed, heapLimit)
}

function share(used: number, limit: number | null): number {
  return limit !== null && limit > 0 ? used / limit : 0
}
