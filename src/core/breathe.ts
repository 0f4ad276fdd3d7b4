/** When somebody first asked how old this turn of the event loop is; undefined while nobody has. */
let began: number | undefined
/** Who waits for a turn, in order. */
const waiting: (() => void)[] = []

/**
 * Gives the event loop a turn when this one has lasted `ms`; made once per long loop, called in each step of it. The age
 * of a turn is that of all our work in it: loops that follow one another, or run at once, do not add up.
 */
export function breather(ms: number = 2): () => Promise<void> | undefined {
  age()
  return () => (age() < ms ? undefined : new Promise((resolve) => void waiting.push(resolve)))
}

/** Milliseconds for which we have been at work in this turn. */
function age(): number {
  const now = performance.now()
  if (began === undefined) {
    began = now
    setImmediate(turn)
  }
  return now - began
}

/** A turn for one of those that wait: all of them would make one turn of as many. */
function turn(): void {
  began = undefined
  const next = waiting.shift()
  if (next === undefined) return
  age()
  next()
}
