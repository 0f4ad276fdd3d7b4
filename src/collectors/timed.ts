/** How work ended: undefined when it gave something, else what was thrown. */
export type Failure = { readonly thrown: unknown } | undefined

/**
 * Runs `work` and tells `ended` once how it went. What it gives or throws passes through; of a promise, or of anything
 * else that one can await, `then` is called once, so that what is done when somebody waits is not done twice.
 */
export function timed<T>(work: () => T, ended: (failure: Failure) => void): T {
  let given: T
  try {
    given = work()
  } catch (thrown) {
    ended({ thrown })
    throw thrown
  }
  if (!isThenable(given)) {
    ended(undefined)
    return given
  }
  // Not the promise itself: with a listener of ours on it, a rejection that the app forgets would never be reported.
  return Promise.resolve(given).then(
    (value) => {
      ended(undefined)
      return value
    },
    (thrown: unknown) => {
      ended({ thrown })
      throw thrown
    }
  ) as T
}

/** Whether a value can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const then = (value as Partial<PromiseLike<unknown>> | null | undefined)?.then
  return typeof then === 'function'
}
