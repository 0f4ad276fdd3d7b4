import { duration, size } from '../core/units.ts'
import { MetricsError } from '../errors.ts'

/** Throws `bad_option` that names what is wrong and what to do. */
export function refuse(option: string, problem: string, hint: string): never {
  throw new MetricsError('bad_option', `${option} ${problem}. ${hint}`, { parameter: option, hint })
}

/** Refuses keys that mean nothing, which are most often misspelt. */
export function refuseUnknown(option: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) refuse(option, `has the key '${key.slice(0, 80)}'`, `Known are: ${known.join(', ')}.`)
  }
}

/** Milliseconds of a duration such as `'10s'`; undefined stays so. Throws `bad_option`. */
export function time(option: string, value: unknown, least: number): number | undefined {
  if (value === undefined) return undefined
  const ms = typeof value === 'string' ? duration(value) : undefined
  if (ms === undefined) refuse(option, `is ${shown(value)}`, "Give a duration such as '500ms', '2s' or '1m'.")
  if (ms < least) refuse(option, `is ${shown(value)}`, `Give at least '${least}ms'.`)
  return ms
}

/** A whole number from 1 to 100; undefined stays so. Throws `bad_option`. */
export function times(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > 100) {
    refuse(option, `is ${shown(value)}`, 'Give a whole number from 1 to 100.')
  }
  return value as number
}

/** True or false. Throws `bad_option`. */
export function flag(option: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(option, `is ${shown(value)}`, 'Give true or false.')
}

/** A share from 0 to 1 of `'90%'`. Throws `bad_option`. */
export function percent(option: string, value: unknown): number {
  const [, digits] = typeof value === 'string' ? (/^(\d{1,3}(?:\.\d+)?) ?%$/.exec(value.trim()) ?? []) : []
  const share = Number(digits) / 100
  if (digits === undefined || !(share > 0 && share <= 1)) {
    refuse(option, `is ${shown(value)}`, "Give a percentage above 0 such as '10%'.")
  }
  return share
}

/** Room that must be left: a share of the whole, or bytes. A bare number could be either. Throws `bad_option`. */
export function room(option: string, value: unknown): { readonly share?: number; readonly bytes?: number } {
  if (typeof value === 'string' && value.trim().endsWith('%')) return { share: percent(option, value) }
  const bytes = typeof value === 'string' ? size(value.trim()) : undefined
  if (bytes === undefined || bytes <= 0) {
    refuse(option, `is ${shown(value)}, which is neither bytes nor a percentage`, "Give '2GB', '500MB' or '10%'.")
  }
  return { bytes }
}

/** A value as an error names it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`
  return typeof value === 'number' ? String(value) : `a ${value === null ? 'null' : typeof value}`
}
