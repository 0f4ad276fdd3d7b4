import { size } from '../core/units.ts'
import { SECOND } from '../core/time.ts'
import type { CheckDefaults } from './check.ts'
import { refuse, time, times } from './settle.ts'

/** The option `health`: every part has a default. */
export interface HealthOptions {
  /** How often checks run. Default `10s`: orchestrators ask that often. */
  readonly interval?: string
  /** How long a check may take. Default `2s`. */
  readonly timeout?: string
  /** So many worse results in a row turn a check bad. Default 2. */
  readonly failAfter?: number
  /** So many better results in a row turn it good. Default 1. */
  readonly passAfter?: number
  /** `manual`: not ready before `metrics.started()`. Default `auto`: ready after the first round of checks. */
  readonly start?: 'auto' | 'manual'
  /** How long to serve on after SIGTERM. Default `5s` in Kubernetes, where requests still come for a while; else `0s`. */
  readonly drainDelay?: string
  /** Warns while the store takes nothing. Default true. */
  readonly storage?: boolean
  /** Warns while the event loop is late. Default `{ p99: '200ms' }`, three windows in a row. */
  readonly eventLoop?: false | { readonly p99?: string }
  /** Warns while memory is short: of the container, or of V8's heap. Default `{ percent: 90 }`, three windows in a row. */
  readonly memory?: false | { readonly percent?: number }
  /** Warns while the store's disk has less than this, or 2 % of its inodes. Default `{ free: '256MB' }`. */
  readonly disk?: false | { readonly free?: string }
}

/** The option `health`, resolved; times in ms. */
export interface HealthSettings {
  readonly defaults: CheckDefaults
  readonly manual: boolean
  readonly drainDelay: number
  readonly storage: boolean
  /** Milliseconds; percent; bytes. */
  readonly eventLoop: number | false
  readonly memory: number | false
  readonly disk: number | false
}

const KNOWN: ReadonlySet<string> = new Set(
  'interval timeout failAfter passAfter start drainDelay storage eventLoop memory disk'.split(' ')
)
const LONGEST_DRAIN = 300 * SECOND

/** Resolves and checks the option; throws `bad_option`. */
export function settleHealth(
  given: unknown,
  environment: Readonly<Record<string, string | undefined>>
): HealthSettings | false {
  if (given === false) return false
  const options = (given === undefined || given === true ? {} : given) as HealthOptions
  if (typeof options !== 'object' || options === null) {
    refuse('health', `is ${String(given)}`, "Give an object such as { drainDelay: '5s' }, or false.")
  }
  for (const key of Object.keys(options)) {
    if (!KNOWN.has(key)) refuse('health', `has the key '${key}'`, `Known are: ${[...KNOWN].join(', ')}.`)
  }
  const { storage = true } = options
  if (typeof storage !== 'boolean') refuse('health.storage', 'is neither true nor false', 'Give one of them.')
  return {
    defaults: {
      interval: time('health.interval', options.interval ?? '10s', 100)!,
      timeout: time('health.timeout', options.timeout ?? '2s', 10)!,
      failAfter: times('health.failAfter', options.failAfter ?? 2)!,
      passAfter: times('health.passAfter', options.passAfter ?? 1)!,
    },
    manual: isManual(options.start),
    drainDelay: drainDelay(options.drainDelay, environment),
    storage,
    eventLoop: part('eventLoop', 'p99', options.eventLoop, '200ms', (option, value) => time(option, value, 1)!),
    memory: part('memory', 'percent', options.memory, 90, percent),
    disk: part('disk', 'free', options.disk, '256MB', bytes),
  }
}

function isManual(start: unknown): boolean {
  if (start !== undefined && start !== 'auto' && start !== 'manual') {
    refuse('health.start', 'is neither', "Choose 'auto' or 'manual'.")
  }
  return start === 'manual'
}

function drainDelay(given: unknown, environment: Readonly<Record<string, string | undefined>>): number {
  const inKubernetes = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const ms = time('health.drainDelay', given ?? (inKubernetes ? '5s' : '0s'), 0)!
  if (ms > LONGEST_DRAIN) refuse('health.drainDelay', 'is longer than 5 minutes', "Give at most '5m'.")
  return ms
}

/** `false`, or the one number of a check of ours. */
function part<T>(
  name: string,
  key: string,
  given: unknown,
  usual: T,
  read: (option: string, value: unknown) => number
): number | false {
  if (given === false) return false
  const where = `health.${name}`
  if (given === undefined || given === true) return read(where, usual)
  if (typeof given !== 'object' || given === null) refuse(where, 'is no object', `Give { ${key} }, or false.`)
  const [strange] = Object.keys(given).filter((one) => one !== key)
  if (strange !== undefined) refuse(where, `has the key '${strange}'`, `Known is: ${key}.`)
  return read(`${where}.${key}`, (given as Record<string, unknown>)[key] ?? usual)
}

/** More than 0, at most 100. Throws `bad_option`. */
export function percent(option: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= 100) return value
  return refuse(option, `is ${String(value)}`, 'Give percent, above 0 and up to 100.')
}

/** Bytes of a size such as `'2GB'`. A bare number is refused: nobody knows its unit. Throws `bad_option`. */
export function bytes(option: string, value: unknown): number {
  const count = typeof value === 'string' ? size(value) : undefined
  return count ?? refuse(option, `is ${String(value)}`, "Give a size with its unit, such as '512MB' or '2GB'.")
}
