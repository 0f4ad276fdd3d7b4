/** The endpoints that are not counted: probes of platforms and load balancers, and what browsers ask for unasked. */
export const PROBES: readonly string[] = [
  '/healthz',
  '/livez',
  '/readyz',
  '/ping',
  '/health',
  '/_health',
  '/favicon.ico',
]

/** A set of names in which `*` stands for any run of characters. */
export class Ignored {
  readonly #exact = new Set<string>()
  readonly #patterns: readonly string[][]

  constructor(names: readonly string[]) {
    const patterns: string[][] = []
    for (const name of names) {
      if (name.includes('*')) patterns.push(name.split('*'))
      else this.#exact.add(name)
    }
    this.#patterns = patterns
  }

  has(name: string): boolean {
    return this.#exact.has(name) || this.#patterns.some((parts) => matches(name, parts))
  }
}

// Greedy from the left, the last part at the end: linear in the name for each part.
function matches(name: string, parts: readonly string[]): boolean {
  const first = parts[0]!
  const last = parts.at(-1)!
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= name.length - last.length
}
