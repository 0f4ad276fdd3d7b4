/** A label set: string keys and values. */
export type Labels = Readonly<Record<string, string>>

/** The largest label set, and the longest key and value; longer values are cut, the rest is refused. */
export const LABEL_LIMITS = { count: 16, key: 64, value: 256 } as const
/** The longest metric name. */
export const NAME_LIMIT = 128

/** Whether a metric may be called so: `[A-Za-z_][A-Za-z0-9_.:-]*`, at most 128 characters. */
export function isMetricName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= NAME_LIMIT && /^[A-Za-z_][A-Za-z0-9_.:-]*$/.test(name)
}

/** Whether a label may be called so: `[A-Za-z_][A-Za-z0-9_]*`, at most 64 characters. */
export function isLabelKey(key: string): boolean {
  return key.length <= LABEL_LIMITS.key && /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)
}

/** At most 256 UTF-16 units of well-formed text without NUL, cut between characters. */
export function labelValue(value: string): string {
  let text = value
  if (text.length > LABEL_LIMITS.value) {
    const end = LABEL_LIMITS.value
    const unit = text.charCodeAt(end - 1)
    text = text.slice(0, unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end)
  }
  return text.replaceAll('\0', '').toWellFormed()
}

/** One spelling for equal label sets: keys in order, as JSON. */
export function canonical(labels: Labels): string {
  const keys = Object.keys(labels).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`).join(',')}}`
}

/** What the dictionary keeps of a metric. */
export interface MetricName {
  readonly metric: string
  readonly kind: string
  readonly unit: string
  readonly buckets: boolean
}

/** The dictionary text of a metric; its id is the hash of the name alone. */
export function metricText(metric: { name: string; kind: string; unit: string; buckets: boolean }): string {
  return JSON.stringify({ metric: metric.name, kind: metric.kind, unit: metric.unit, buckets: metric.buckets })
}

/** The dictionary text of a label set; its id is the hash of this text. */
export function labelsText(labels: Labels): string {
  return `{"labels":${canonical(labels)}}`
}

/** What a dictionary text stands for; undefined when it is neither. */
export function parseName(text: string): MetricName | { readonly labels: Map<string, string> } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    if ('metric' in value) return value as MetricName
    if ('labels' in value) return { labels: new Map(Object.entries(value.labels as Labels)) }
  } catch {
    // Not ours: a store can be written by a newer version.
  }
  return undefined
}

/** The label with the most values in these label sets; '' if they have none. */
export function widest(keys: readonly string[]): string {
  const values = new Map<string, Set<string>>()
  for (const key of keys) {
    for (const [label, value] of Object.entries(JSON.parse(key) as Labels)) {
      const known = values.get(label)
      if (known === undefined) values.set(label, new Set([value]))
      else known.add(value)
    }
  }
  let [most, found] = [0, '']
  for (const [label, { size }] of values) if (size > most) [most, found] = [size, label]
  return found
}
