/** What is to be done before the process goes; must settle by itself, and soon. */
export type LastWork = () => Promise<unknown>

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const GRACE = 1_000

/** One for all copies of this package in a process: two that listen would each think the other one is the app. */
const SHARED = Symbol.for('pocketmetrics.leaving')
const holder = globalThis as { [SHARED]?: Set<LastWork> }
const work: Set<LastWork> = (holder[SHARED] ??= new Set())
let leaving = false

/**
 * Runs `last` once when the process is told to stop, or when it has nothing left to do. The process is never owned:
 * if nobody else listens, the signal is raised again afterwards, so the exit is still "by signal"; if the app listens,
 * it decides. A second signal ends the process at once.
 */
export function beforeLeaving(last: LastWork): () => void {
  if (work.size === 0) {
    for (const signal of SIGNALS) process.on(signal, signalled)
    process.on('beforeExit', idle)
  }
  work.add(last)
  return () => {
    work.delete(last)
    // Another copy's listener may stay: with no work it raises the signal again at once.
    if (work.size === 0) remove()
  }
}

function remove(): void {
  for (const signal of SIGNALS) process.off(signal, signalled)
  process.off('beforeExit', idle)
}

function idle(): void {
  void Promise.allSettled([...work].map((last) => last()))
}

function signalled(signal: NodeJS.Signals): void {
  const alone = process.listenerCount(signal) === 1
  if (alone && leaving) return again(signal)
  leaving = true
  void settled().then(() => {
    if (alone) again(signal)
    else leaving = false
  })
}

/** Without our listener the signal does what it would have done without us. */
function again(signal: NodeJS.Signals): void {
  remove()
  process.kill(process.pid, signal)
}

async function settled(): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  // Not unref'd: it keeps the process until the signal is raised again, or it would end with code 0 instead.
  const deadline = new Promise((resolve) => (timer = setTimeout(resolve, GRACE)))
  const round = (): Promise<unknown> => Promise.allSettled([...work].map((last) => last()))
  // Twice: the app goes on while the first runs, and the second keeps what came then.
  await Promise.race([round().then(round), deadline])
  clearTimeout(timer)
}
