import type { Check, CheckDefaults, CheckOptions, Impact } from './check.ts'
import { refuse, refuseUnknown, shown, time, times } from './refuse.ts'
import { type Recognise, targetOf } from './target.ts'

const IMPACTS: readonly unknown[] = ['critical', 'degraded', 'info']
const KNOWN = ['impact', 'interval', 'timeout', 'failAfter', 'passAfter']
const LONGEST = 64
const SHORTEST = { interval: 50, timeout: 10 }

/** What is not said of a check, and which clients are known. */
export interface Settling {
  readonly defaults: CheckDefaults
  readonly impact: Impact
  readonly recognise: Recognise
}

/** A check as it was given, with the defaults; throws `bad_option`. */
export function settleCheck(
  name: unknown,
  target: unknown,
  options: CheckOptions | undefined,
  { defaults, impact, recognise }: Settling
): Check {
  const given: CheckOptions = options ?? {}
  const called = nameOf(name)
  const where = `check '${called}'`
  if (typeof given !== 'object') refuse(where, 'has options that are no object', "Give { impact: 'degraded' }.")
  refuseUnknown(where, given, KNOWN)
  if (given.impact !== undefined && !IMPACTS.includes(given.impact)) {
    refuse(`${where}: impact`, `is ${shown(given.impact)}`, "Choose 'critical', 'degraded' or 'info'.")
  }
  return {
    name: called,
    run: targetOf(where, target, recognise),
    impact: given.impact ?? impact,
    interval: time(`${where}: interval`, given.interval, SHORTEST.interval) ?? defaults.interval,
    timeout: time(`${where}: timeout`, given.timeout, SHORTEST.timeout) ?? defaults.timeout,
    failAfter: times(`${where}: failAfter`, given.failAfter) ?? defaults.failAfter,
    passAfter: times(`${where}: passAfter`, given.passAfter) ?? defaults.passAfter,
    presumed: false,
  }
}

function nameOf(name: unknown): string {
  if (typeof name === 'string' && name.length <= LONGEST && /^[A-Za-z0-9][\w .:/-]*$/.test(name)) return name
  return refuse(
    'the name of a check',
    `is ${shown(name)}`,
    `Give 1 to ${LONGEST} letters, digits, spaces and _.:/- , beginning with a letter or digit.`
  )
}
