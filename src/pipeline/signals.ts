/** What is to be done before the process goes; must settle by itself, and soon. */
export type LastWork = () => Promise<unknown>

/** The same in its stages. Nothing here may reject. */
export interface Leaving {
  /** At once, in the tick of the signal, whoever else listens. */
  readonly told?: () => void
  /** Where nobody else listens: settles when requests have had their time. As long as it takes; it bounds itself. */
  readonly served?: () => Promise<unknown>
  /** Keeps what was recorded, or gives false; run more than once. */
  readonly last: LastWork
  /** Instead of `last`, where the process has nothing left to do. */
  readonly idle?: LastWork
  /** Where nobody else listens: the very last thing. */
  readonly gone?: LastWork
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const GRACE = 1_000

/** One for all copies of this package in a process: two that listen would each think the other one is the app. */
const SHARED = Symbol.for('pocketmetrics.leaving')
const holder = globalThis as { [SHARED]?: Set<Leaving> }
const work: Set<Leaving> = (holder[SHARED] ??= new Set())
let leaving = false
/** How often in a row the last work of an idle process has failed, and how often it may. */
let failures = 0
const TRIES = 2

/**
 * Runs `last` once when the process is told to stop, or when it has nothing left to do. The process is never owned:
 * if nobody else listens, the signal is raised again afterwards, so the exit is still "by signal"; if the app listens,
 * it decides. A second signal ends the process at once.
 */
export function beforeLeaving(given: LastWork | Leaving): () => void {
  const leaver = typeof given === 'function' ? { last: given } : given
  if (work.size === 0) {
    // First of all: a listener of the app's that runs once is gone when those after it are called, and we would seem alone.
    for (const signal of SIGNALS) process.prependListener(signal, signalled)
    process.on('beforeExit', idle)
  }
  work.add(leaver)
  return () => {
    work.delete(leaver)
    // Another copy's listener may stay: with no work it raises the signal again at once.
    if (work.size === 0) remove()
  }
}

function remove(): void {
  for (const signal of SIGNALS) process.off(signal, signalled)
  process.off('beforeExit', idle)
}

/** Work that fails gives the process something to do, and Node comes back when that is over: a store that is gone must not keep it for ever. */
function idle(): void {
  if (failures >= TRIES) return
  void all('idle').then((ended) => {
    const failed = ended.some((one) => one.status === 'rejected' || one.value === false)
    failures = failed ? failures + 1 : 0
  })
}

/** Runs a stage of everybody; never rejects. */
function all(stage: 'served' | 'last' | 'idle' | 'gone'): Promise<readonly PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(
    [...work].map(async (leaver) => (stage === 'idle' ? (leaver.idle?.() ?? leaver.last()) : leaver[stage]?.()))
  )
}

function signalled(signal: NodeJS.Signals): void {
  const alone = process.listenerCount(signal) === 1
  if (alone && leaving) return again(signal)
  leaving = true
  for (const { told } of work) {
    try {
      told?.()
    } catch {
      // One that cannot be told must not keep the others from it.
    }
  }
  void (alone ? end() : within(kept)).then(() => {
    if (alone) again(signal)
    else leaving = false
  })
}

/** Nobody else looks after the app's requests: they get their time before the end. */
async function end(): Promise<void> {
  await all('served')
  await within(async () => {
    await kept()
    await all('gone')
  })
}

/** Without our listener the signal does what it would have done without us. */
function again(signal: NodeJS.Signals): void {
  remove()
  process.kill(process.pid, signal)
  // The kernel keeps the first process of a container from its own signals: it would stay, with its servers closed.
  if (process.pid === 1) process.exit(signal === 'SIGINT' ? 130 : 143)
}

/** Twice: the app goes on while the first runs, and the second keeps what came then. */
async function kept(): Promise<void> {
  await all('last')
  await all('last')
}

async function within(work: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  // Not unref'd: it keeps the process until the signal is raised again, or it would end with code 0 instead.
  const deadline = new Promise((resolve) => (timer = setTimeout(resolve, GRACE)))
  await Promise.race([work(), deadline])
  clearTimeout(timer)
}
