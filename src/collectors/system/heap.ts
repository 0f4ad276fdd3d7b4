import type * as V8 from 'node:v8'

/** JavaScript's memory, bytes; null where the platform does not say. */
export interface HeapReading {
  readonly used: number | null
  readonly limit: number | null
  readonly external: number | null
  /** By name: `new`, `old`, `code` … */
  readonly spaces: ReadonlyMap<string, number>
}

/** Reads V8's own numbers: some microseconds. */
export function readHeap(): HeapReading {
  const { used_heap_size: used, heap_size_limit: limit, external_memory: external } = v8().getHeapStatistics()
  return { used: known(used), limit: known(limit), external: known(external), spaces: spaces() }
}

function spaces(): ReadonlyMap<string, number> {
  try {
    const all = v8().getHeapSpaceStatistics()
    return new Map(all.map(({ space_name: name, space_used_size: used }) => [name.replace(/_space$/, ''), used]))
  } catch {
    return new Map()
  }
}

// Loading it takes a millisecond: not when the app starts.
function v8(): typeof V8 {
  return process.getBuiltinModule('node:v8')
}

function known(value: number): number | null {
  return Number.isFinite(value) && value > 0 ? value : null
}
