const LONGEST = 80

/** Any value as a message names it: short, on no account a throw, and in no more time for a large one. */
export function told(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, LONGEST)}'`
  if (typeof value === 'symbol' || typeof value === 'function') return `a ${typeof value}`
  if (typeof value === 'object' && value !== null) return isList(value) ? 'a list' : 'an object'
  return String(value).slice(0, LONGEST)
}

function isList(value: object): boolean {
  try {
    return Array.isArray(value)
  } catch {
    // A proxy that has been revoked.
    return false
  }
}
