/** Gives the event loop a turn when this one has lasted `ms`; made once per long loop, called in each step of it. */
export function breather(ms: number = 2): () => Promise<void> | undefined {
  let started = performance.now()
  return () => {
    if (performance.now() - started < ms) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        started = performance.now()
        resolve()
      })
    })
  }
}
