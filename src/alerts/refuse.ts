import { duration } from '../core/units.ts'
import { MetricsError } from '../errors.ts'

/** Throws `bad_option` that names what is wrong and what to do. */
export function refuse(option: string, problem: string, hint: string): never {
  const named = option.startsWith('alerts') ? `Option \`${option}\`` : option
  throw new MetricsError('bad_option', `${named} ${problem}. ${hint}`, { parameter: option, hint })
}

/** A value as a message shows it; of secrets nothing must be given to it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `is '${value.slice(0, 80)}'`
  if (typeof value === 'number' || typeof value === 'boolean') return `is ${value}`
  return `is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}`
}

/** Milliseconds of a duration such as `'5m'`; `otherwise` when it is not given. */
export function span(option: string, value: unknown, otherwise: number, least: number = 0): number {
  if (value === undefined) return otherwise
  const ms = typeof value === 'string' ? duration(value) : undefined
  if (ms === undefined) refuse(option, shown(value), "Give a duration such as '30s', '5m' or '1h'.")
  if (ms < least) refuse(option, shown(value), `Give at least '${least / 1000}s'.`)
  return ms
}

/** A finite number; `otherwise` when it is not given. */
export function number(option: string, value: unknown, otherwise?: number): number {
  if (value === undefined && otherwise !== undefined) return otherwise
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(option, shown(value), 'Give a number.')
  return value
}

/** One of a few words. */
export function word<T extends string>(option: string, value: unknown, words: readonly T[], otherwise?: T): T {
  if (value === undefined && otherwise !== undefined) return otherwise
  const found = words.find((one) => one === value)
  if (found === undefined) refuse(option, shown(value), `Choose one of: ${words.join(', ')}.`)
  return found
}

/** A list of texts, also of one. */
export function texts(option: string, value: unknown): readonly string[] {
  if (typeof value === 'string') return split(value)
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) return value as string[]
  return refuse(option, shown(value), "Give a text or a list of texts, such as ['endpoint'].")
}

/** The parts of a text between commas. */
export function split(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** Refuses what is not among the known keys of an object. */
export function onlyKnown(option: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(option, shown(given), `Give an object with: ${known.join(', ')}.`)
  }
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) refuse(option, `has the field '${key.slice(0, 40)}'`, `Known are: ${known.join(', ')}.`)
  }
}
