/**
 * Joins calls of `work` that overlap: whoever comes while it runs waits for one further run, which began after they came.
 * So a reader sees everything recorded before its question, and a hundred readers cost two runs.
 */
export function joined<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const start = (): Promise<T> => {
    next = undefined
    running = work().finally(() => {
      if (next === undefined) running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined) return start()
    next ??= running.then(start, start)
    return next
  }
}
