import type { PerformanceEntry } from 'node:perf_hooks'

/** How V8's kinds of garbage collection are called in labels. */
function typesOf(constants: Readonly<Record<string, unknown>> | undefined): ReadonlyMap<unknown, string> {
  return new Map([
    [constants?.['NODE_PERFORMANCE_GC_MINOR'], 'minor'],
    // V8's second kind of young collection, behind a flag.
    [2, 'minor'],
    [constants?.['NODE_PERFORMANCE_GC_MAJOR'], 'major'],
    [constants?.['NODE_PERFORMANCE_GC_INCREMENTAL'], 'incremental'],
    [constants?.['NODE_PERFORMANCE_GC_WEAKCB'], 'weakcb'],
  ])
}

interface Pause extends PerformanceEntry {
  readonly detail?: { readonly kind?: unknown }
}

/** Tells of each pause for garbage collection; gives the way to stop. Where the platform does not say, nothing comes. */
export function watchGarbage(paused: (type: string, ms: number) => void): () => void {
  try {
    const { constants, PerformanceObserver } = process.getBuiltinModule('node:perf_hooks')
    const types = typesOf({ ...constants })
    if (!PerformanceObserver.supportedEntryTypes.includes('gc')) return () => undefined
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Pause[]) {
        const type = types.get(entry.detail?.kind)
        if (type !== undefined) paused(type, entry.duration)
      }
    })
    observer.observe({ entryTypes: ['gc'] })
    return () => observer.disconnect()
  } catch {
    return () => undefined
  }
}
