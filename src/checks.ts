import { isLabelKey, LABEL_LIMITS, type Labels, labelValue } from './core/labels.ts'
import { told } from './core/told.ts'
import { duration, size } from './core/units.ts'
import { MetricsError } from './errors.ts'

export function bad(option: string, problem: string, fix: string): never {
  throw new MetricsError('bad_option', `Option \`${option}\` ${problem}. ${fix}`, { parameter: option, hint: fix })
}

function shown(value: unknown): string {
  return `is ${told(value)}`
}

/** An object with options of its own, and not a list or a Map, whose contents nobody would look at. */
function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

const LEAST: Readonly<Record<number, string>> = { 60_000: '1m', 3_600_000: '1h' }

/** What Node's timers can wait; they do not wait at all for what is longer. */
const LONGEST_TIMER = 24 * 86_400_000

/** How often something is done, ms. */
export function pace(option: string, value: unknown, least: number): number {
  const ms = time(option, value, least)
  if (ms > LONGEST_TIMER) bad(option, shown(value), "Give at most '24d'.")
  return ms
}

export function time(option: string, value: unknown, least: number): number {
  const ms = typeof value === 'string' ? duration(value) : undefined
  if (ms === undefined) bad(option, shown(value), "Give a duration such as '500ms', '1s', '24h' or '7d'.")
  if (ms < least) bad(option, shown(value), `Give at least '${LEAST[least] ?? `${least}ms`}'.`)
  return ms
}

export function bytes(option: string, value: unknown, least: number): number {
  const count = typeof value === 'string' ? size(value) : undefined
  if (count === undefined || count < least)
    bad(option, shown(value), "Give a size such as '64MB' or '2GB', at least 1MB.")
  return count
}

export function count(option: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) bad(option, shown(value), 'Give a whole number from 1.')
  return value as number
}

export function share(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0 && value <= 1))
    bad('sample', shown(value), 'Give a number above 0, up to 1.')
  return value
}

export function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > LABEL_LIMITS.value) {
    bad(option, shown(value), 'Give a text of 1 to 256 characters.')
  }
  return value
}

export function mount(option: string, value: unknown): string | false {
  if (value === false) return false
  // A client takes `/..` away before it asks.
  if (typeof value !== 'string' || !/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/.test(value)) {
    bad(option, shown(value), "Give a path such as '/metrics' or '/internal/metrics', or false.")
  }
  return value
}

/** Probes and answers cannot live in one place. */
export function apart(value: unknown, path: unknown): string | false {
  const health = mount('healthPath', value)
  if (health !== false && health === path)
    bad('healthPath', shown(health), 'Give another path than `path` has, or false.')
  return health
}

export function flag(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') bad(option, shown(value), 'Give true or false.')
  return value
}

export function zone(value: unknown): string {
  // The first formatter of a process costs 20 ms and 8 MB.
  if (value === 'UTC') return value
  try {
    if (typeof value === 'string') {
      const known = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
      // Intl has old names for some zones, such as Asia/Calcutta; answers show the one that was given.
      return known.toLowerCase() === value.toLowerCase() ? known : value
    }
  } catch {
    // Intl says only that it is invalid.
  }
  return bad('timezone', shown(value), "Give an IANA name such as 'UTC', 'Europe/Berlin' or 'Asia/Kathmandu'.")
}

export function constant(labels: unknown): Labels {
  if (!isPlain(labels)) bad('labels', shown(labels), "Give an object such as { service: 'shop' }.")
  const given = Object.entries(labels)
  if (given.length > LABEL_LIMITS.count)
    bad('labels', `has ${given.length} keys`, `Give at most ${LABEL_LIMITS.count}.`)
  const kept = given.map(([key, value]) => {
    if (!isLabelKey(key))
      bad('labels', `has the key '${key}'`, 'Keys are letters, digits and _, not beginning with a digit.')
    return [key, labelValue(text(`labels.${key}`, value))]
  })
  return Object.fromEntries(kept)
}

/** The option `retention` where it is more than one age. */
export function ages(value: unknown): object {
  if (!isPlain(value)) bad('retention', shown(value), "Give '24h' or { events: '24h', '1m': '48h' }.")
  return value
}

export function patterns(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) {
    bad('ignore', shown(value), "Give a list of endpoints such as ['/internal/*'].")
  }
  return [...(value as string[])]
}

export function callable<T>(option: string, value: T | undefined): T | undefined {
  if (value !== undefined && typeof value !== 'function') bad(option, shown(value), 'Give a function.')
  return value
}

/** What the option `system` can say. */
export interface SystemOptions {
  /** How often process and machine are read. Default `10s`. */
  readonly every?: string
}

/** The option `system`, resolved. */
export interface SystemSettings {
  /** ms */
  readonly every: number
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['on', 'true', '1', 'yes'].map((word) => [word, true] as const),
  ...['off', 'false', '0', 'no'].map((word) => [word, false] as const),
])

/** The option `system`, or METRICS_SYSTEM where it is not given; undefined: nothing is read. */
export function systemOptions(given: unknown, variable: string | undefined): SystemSettings | undefined {
  if (given === false || (given === undefined && !isOn('METRICS_SYSTEM', variable))) return undefined
  const options = given === undefined || given === true ? {} : given
  if (!isPlain(options)) bad('system', shown(given), "Give an object such as { every: '10s' }, or false.")
  const strange = Object.keys(options).find((key) => key !== 'every')
  if (strange !== undefined) bad('system', `has the key '${strange.slice(0, 80)}'`, 'Known is: every.')
  const { every } = options as { readonly every?: unknown }
  return { every: pace('system.every', every ?? '10s', 100) }
}

function isOn(name: string, value: string | undefined): boolean {
  if (value === undefined) return true
  return WORDS.get(value.trim().toLowerCase()) ?? bad(name, shown(value), 'Give on or off.')
}
