/** What draining does to the servers of a process. */
export interface Draining {
  /** How long to serve on, ms. */
  readonly delay: number
  /** True while there is a server to serve with. */
  readonly serves: () => boolean
  /** Takes no more connections, and lets go of those that are idle. */
  readonly shut: () => void
  /** Requests that have begun and not ended. */
  readonly inFlight: () => number
}

/** What is in flight is given this long at least, ms. */
const GRACE = 1_000
const LOOK_EVERY = 20

/**
 * Serves on until balancers have noticed, then takes no more connections and waits for what is in flight, for as long
 * again. Never rejects. Its timers keep the process: with nothing else left to do it would end before its time.
 */
export async function drained(draining: Draining): Promise<void> {
  const { delay, serves, shut, inFlight } = draining
  if (!serves()) return
  if (delay > 0) await pause(delay)
  // After the loop has accepted what waits to be: a connection that is not yet accepted would be reset.
  await new Promise((resolve) => setImmediate(resolve))
  shut()
  for (let waited = 0; inFlight() > 0 && waited < Math.max(GRACE, delay); waited += LOOK_EVERY) await pause(LOOK_EVERY)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
