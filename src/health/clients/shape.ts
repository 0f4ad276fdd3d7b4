const DEPTH = 12

/**
 * What `target` holds under `name`, itself or by its prototypes. Getters are not read, so that looking at a client
 * neither connects it nor throws; undefined where there is one.
 */
export function held(target: object, name: string): unknown {
  return descriptor(target, name)?.value
}

/** True where `target` has all of these, be they values, methods or getters. */
export function has(target: object, ...names: readonly string[]): boolean {
  return names.every((name) => descriptor(target, name) !== undefined)
}

/** True where `target` has a method for each of these names. */
export function can(target: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof held(target, name) === 'function')
}

/** True for what may have properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** True for an object that was written with braces. */
export function isPlain(target: object): boolean {
  try {
    return Object.getPrototypeOf(target) === Object.prototype
  } catch {
    return false
  }
}

function descriptor(target: object, name: string): PropertyDescriptor | undefined {
  try {
    let at: object | null = target
    for (let depth = 0; at !== null && depth < DEPTH; depth++) {
      const found = Object.getOwnPropertyDescriptor(at, name)
      if (found !== undefined) return found
      at = Object.getPrototypeOf(at) as object | null
    }
  } catch {
    // A proxy that refuses to be looked at is none of the clients that we know.
  }
  return undefined
}
