import { duration } from '../core/units.ts'
import { MetricsError } from '../errors.ts'
import type { Check, CheckDefaults, CheckFunction, CheckOptions, Impact } from './check.ts'

const IMPACTS: readonly unknown[] = ['critical', 'degraded', 'info']
const KNOWN: ReadonlySet<string> = new Set(['impact', 'interval', 'timeout', 'failAfter', 'passAfter'])
const LONGEST = 64
const SHORTEST = { interval: 50, timeout: 10 }

/** Throws `bad_option` that names what is wrong and what to do. */
export function refuse(option: string, problem: string, hint: string): never {
  throw new MetricsError('bad_option', `${option} ${problem}. ${hint}`, { parameter: option, hint })
}

/** A check as it was given, with the defaults; throws `bad_option`. */
export function settleCheck(
  name: unknown,
  run: unknown,
  options: CheckOptions | undefined,
  defaults: CheckDefaults,
  impact: Impact
): Check {
  const given: CheckOptions = options ?? {}
  const called = nameOf(name)
  const where = `check '${called}'`
  if (typeof given !== 'object') refuse(where, 'has options that are no object', "Give { impact: 'degraded' }.")
  if (typeof run !== 'function') {
    refuse(where, `is ${run === null ? 'null' : `a ${typeof run}`}`, "Give a function, or the app's own client.")
  }
  for (const key of Object.keys(given)) {
    if (!KNOWN.has(key)) refuse(where, `has the option '${key}'`, `Known are: ${[...KNOWN].join(', ')}.`)
  }
  if (given.impact !== undefined && !IMPACTS.includes(given.impact)) {
    refuse(`${where}: impact`, `is '${String(given.impact)}'`, "Choose 'critical', 'degraded' or 'info'.")
  }
  return {
    name: called,
    run: run as CheckFunction,
    impact: given.impact ?? impact,
    interval: time(`${where}: interval`, given.interval, SHORTEST.interval) ?? defaults.interval,
    timeout: time(`${where}: timeout`, given.timeout, SHORTEST.timeout) ?? defaults.timeout,
    failAfter: times(`${where}: failAfter`, given.failAfter) ?? defaults.failAfter,
    passAfter: times(`${where}: passAfter`, given.passAfter) ?? defaults.passAfter,
    presumed: false,
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

function nameOf(name: unknown): string {
  if (typeof name === 'string' && name.length <= LONGEST && /^[A-Za-z0-9][\w .:/-]*$/.test(name)) return name
  return refuse(
    'the name of a check',
    `is ${shown(name)}`,
    `Give 1 to ${LONGEST} letters, digits, spaces and _.:/- , beginning with a letter or digit.`
  )
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 80)}'` : `a ${value === null ? 'null' : typeof value}`
}
