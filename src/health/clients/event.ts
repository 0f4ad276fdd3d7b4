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
