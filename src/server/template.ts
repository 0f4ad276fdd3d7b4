const SLASH = 47

/** Whether a route template takes a path, its first segment being literally the same. */
export function takes(template: string, path: string): boolean {
  if (differs(template, path)) return false
  const want = segments(template)
  const have = segments(path)
  if (want.length === 0 || want[0] !== have[0]) return want.length === 0 && have.length === 0
  return fits(want, have)
}

/** Whether a path could have been matched by a route template. */
export function couldTake(template: string, path: string): boolean {
  return fits(segments(template), segments(path))
}

/** A template under another: `/api` and `/` are `/api`, `` and `*` are `/*`. */
export function under(base: string, template: string): string {
  if (template === '' || template === '/') return base === '' ? '/' : base
  const path = template.startsWith('/') ? template : `/${template}`
  return base === '' ? path : base + path
}

/** Told apart by the letter they begin with, as nearly all are: a probe is held against every route of the app. */
function differs(template: string, path: string): boolean {
  if (template.length < 2 || path.length < 2) return false
  if (template.charCodeAt(0) !== SLASH || path.charCodeAt(0) !== SLASH) return false
  const [one, other] = [template.charCodeAt(1), path.charCodeAt(1)]
  return one !== other && one !== SLASH && other !== SLASH
}

function fits(want: readonly string[], have: readonly string[]): boolean {
  for (const [index, part] of want.entries()) {
    if (part.startsWith('*')) return true
    if (index >= have.length) return part.endsWith('?') || part.startsWith('{')
    if (!part.includes(':') && part !== have[index]) return false
  }
  return have.length <= want.length
}

function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}
