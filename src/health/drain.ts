/** Servers that take no more connections. */
export interface Closing {
  /** How many connections are still open. */
  readonly open: () => Promise<number>
  /** Closes those that are idle. */
  readonly release: () => Promise<void>
}

/** What draining does to the servers of a process. */
export interface Draining {
  /** How long to serve on, ms. */
  readonly delay: number
  /** True while there is a server to serve with. */
  readonly serves: () => boolean
  /** Takes no more connections. */
  readonly shut: () => Promise<Closing>
  /** Requests that have begun and not ended. */
  readonly inFlight: () => number
}

/** What is in flight is given this long at least, ms. */
const GRACE = 1_000
/**
 * So long are kept connections that seem idle: a request that is on its way on one would be lost, and the client cannot
 * know whether it was carried out. It is answered with `Connection: close`, and the connection is gone.
 */
const LINGER = 500
const LOOK_EVERY = 20

/**
 * Serves on until balancers have noticed, then takes no more connections and waits for what is in flight, for as long
 * again. Never rejects. Its timers keep the process: with nothing else left to do it would end before its time.
 */
export async function drained(draining: Draining): Promise<void> {
  const { delay, serves, shut, inFlight } = draining
  if (!serves()) return
  if (delay > 0) await pause(delay)
  const { open, release } = await shut()
  const most = Math.max(GRACE, delay)
  let waited = await lingered(open, inFlight, most)
  await release()
  for (; inFlight() > 0 && waited < most; waited += LOOK_EVERY) await pause(LOOK_EVERY)
}

/** Until there are no connections, or nothing has come on them for a while; answers how many ms that took. */
async function lingered(open: Closing['open'], inFlight: () => number, most: number): Promise<number> {
  let connections = 1
  let waited = 0
  for (let idle = 0; connections > 0 && idle < LINGER && waited < most; waited += LOOK_EVERY) {
    // Not waited for: in a cluster the answer may come from other processes.
    open().then(
      (count) => (connections = count),
      () => undefined
    )
    await pause(LOOK_EVERY)
    idle = inFlight() > 0 ? 0 : idle + LOOK_EVERY
  }
  return waited
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
