type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * Has `before` called whenever this one object's method is; false where it has none of that name. What `before` does or
 * throws changes nothing of the call.
 */
export function tap(object: object, name: string, before: (args: readonly unknown[]) => void): boolean {
  const holder = object as Record<string, unknown>
  const original = holder[name]
  if (typeof original !== 'function') return false
  const tapped: Method = function (...args) {
    try {
      before(args)
    } catch {
      // The app's own call goes on.
    }
    return Reflect.apply(original as Method, this, args)
  }
  Object.defineProperty(tapped, 'name', { value: name, configurable: true })
  Object.defineProperty(object, name, { value: tapped, writable: true, configurable: true, enumerable: false })
  return true
}
