import { MetricsError } from '../errors.ts'

/** The promise's outcome, or after `ms` a rejection; the timer keeps no process alive, and a late outcome is dropped. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MetricsError('unavailable', `No answer within ${ms} ms.`)), ms)
    timer.unref()
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}
