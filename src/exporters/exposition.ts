/** Text for a metric's `# HELP`: backslash and newline escaped; in OpenMetrics the quote as well. */
export function escapeHelp(text: string, openMetrics: boolean): string {
  const plain = clean(text).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return openMetrics ? plain.replaceAll('"', '\\"') : plain
}

/** A label value between its quotes: `\`, `"` and newline escaped, NUL dropped, well-formed. */
export function escapeValue(value: string): string {
  return clean(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function clean(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** A number as both formats write it. */
export function sampleValue(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** A name that Prometheus takes. */
export function legalName(name: string): string {
  const legal = name.replace(/[^A-Za-z0-9_:]/g, '_')
  return /^[A-Za-z_:]/.test(legal) ? legal : `_${legal}`
}

// Histograms and summaries keep these for themselves.
const RESERVED: ReadonlySet<string> = new Set(['le', 'quantile'])

/** Labels as they stand between braces: keys legal and apart, in order, values escaped. */
export function labelText(labels: Iterable<readonly [string, string]>): string {
  const taken = new Set<string>()
  const parts: string[] = []
  for (const [key, value] of [...labels].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = apart(labelName(key), taken)
    parts.push(`${name}="${escapeValue(value)}"`)
  }
  return parts.join(',')
}

function labelName(key: string): string {
  const legal = key.replace(/[^A-Za-z0-9_]/g, '_')
  return RESERVED.has(legal) || legal.startsWith('__') || !/^[A-Za-z_]/.test(legal) ? `label_${legal}` : legal
}

function apart(name: string, taken: Set<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`
  taken.add(free)
  return free
}
