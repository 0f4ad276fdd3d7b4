import type { Alert } from '../alert.ts'
import { ATTEMPT, type Notifier } from '../notifier.ts'
import { outcomeOfError } from '../post.ts'
import type { Outcome } from '../retry.ts'

/** A function of the app's. What it throws, and what takes longer than ten seconds, is tried again with the same `id`. */
export type AlertFunction = (alert: Alert) => unknown

/** The app itself. */
export function custom(call: AlertFunction, timeout: number = ATTEMPT): Notifier {
  return { kind: 'function', mark: 'function', send: (alert) => called(call, alert, timeout) }
}

async function called(call: AlertFunction, alert: Alert, timeout: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, code: 'timeout', retry: 'later' }), timeout)
    timer.unref()
  })
  const done = async (): Promise<Outcome> => {
    // A copy: what is kept of it is nobody's to change.
    await call(structuredClone(alert))
    return { ok: true }
  }
  try {
    return await Promise.race([done(), late])
  } catch (error) {
    return outcomeOfError(error)
  } finally {
    clearTimeout(timer)
  }
}
