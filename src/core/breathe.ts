/** When somebody first asked how old this turn of the event loop is; undefined while nobody has. */
let began: number | undefined
/** Ends it. */
let end: NodeJS.Immediate | undefined
/** Who waits for a turn, in order. */
const waiting: (() => void)[] = []

/**
 * Gives the event loop a turn when this one has lasted `ms`; made at the beginning of a long loop, called in each step of
 * it. The age of a turn is that of all our work in it: loops that follow one another, or run at once, do not add up.
 */
export function breather(ms: number = 2): () => Promise<void> | undefined {
  age()
  return () => (age() < ms ? undefined : new Promise(wait))
}

/** Milliseconds for which we have been at work in this turn. */
function age(): number {
  const now = performance.now()
  if (began === undefined) {
    began = now
    // A process that has nothing else to do ends, unless somebody waits.
    end = setImmediate(turn).unref()
  }
  return now - began
}

function wait(resolve: () => void): void {
  waiting.push(resolve)
  end?.ref()
}

/** A turn for one of those that wait: all of them would make one turn of as many. */
function turn(): void {
  began = undefined
  const next = waiting.shift()
  if (next === undefined) return
  age()
  if (waiting.length > 0) end?.ref()
  next()
}
