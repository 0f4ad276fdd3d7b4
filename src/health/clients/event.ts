/** What tells of itself by events. */
export interface Emitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Waits until it tells of `event`; rejects, and listens no longer, when the signal is aborted. */
export function told(emitter: Emitter, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      emitter.off(event, heard)
      signal.removeEventListener('abort', giveUp)
    }
    const heard = (): void => {
      forget()
      resolve()
    }
    const giveUp = (): void => {
      forget()
      reject(reasonOf(signal))
    }
    emitter.on(event, heard)
    signal.addEventListener('abort', giveUp)
  })
}

/** Why a signal was aborted, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}

/**
 * Lets runs share one act: while it is under way no second is begun, and a run whose time is up lets go of it. Clients
 * keep what they could not send, or send it again, when their connection has come back.
 */
export function shared<T>(act: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let underWay: Promise<T> | undefined
  return (signal) => {
    underWay ??= act(signal).finally(() => (underWay = undefined))
    return before(underWay, signal)
  }
}

function before<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(reasonOf(signal))
    signal.addEventListener('abort', giveUp)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
