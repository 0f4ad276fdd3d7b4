let kept: object | undefined

/**
 * Keeps one of the objects that Node makes for `process.nextTick`. V8 learns their shape when it sees the first ones, and
 * forgets it in a full collection that finds none of them alive; Node's code for them is then slow for as long as the
 * process lives, and a request takes about a fifth more. While one is kept, that cannot happen to the app.
 */
export function keepTick(): void {
  if (kept !== undefined) return
  const { executionAsyncResource } = process.getBuiltinModule('node:async_hooks')
  process.nextTick(() => {
    kept = executionAsyncResource()
  })
}
