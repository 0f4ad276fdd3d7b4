import { MetricsError } from '../errors.ts'

/** The promise's outcome, or after `ms` a rejection with `unavailable`; a late outcome is dropped without a trace. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MetricsError('unavailable', `No answer within ${ms} ms.`)), ms)
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}
