import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'

/** How V8's kinds of garbage collection are called in labels. */
const TYPES: ReadonlyMap<unknown, string> = new Map([
  [constants?.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  // V8's second kind of young collection, behind a flag.
  [2, 'minor'],
  [constants?.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants?.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants?.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

interface Pause extends PerformanceEntry {
  readonly detail?: { readonly kind?: unknown }
}

/** Tells of each pause for garbage collection; gives the way to stop. Where the platform does not say, nothing comes. */
export function watchGarbage(paused: (type: string, ms: number) => void): () => void {
  try {
    if (!PerformanceObserver.supportedEntryTypes.includes('gc')) return () => undefined
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Pause[]) {
        const type = TYPES.get(entry.detail?.kind)
        if (type !== undefined) paused(type, entry.duration)
      }
    })
    observer.observe({ entryTypes: ['gc'] })
    return () => observer.disconnect()
  } catch {
    return () => undefined
  }
}
