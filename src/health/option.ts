import { SECOND } from '../core/time.ts'
import type { CheckDefaults } from './check.ts'
import {
  type DiskOptions,
  type LoopOptions,
  type MemoryOptions,
  type OwnSettings,
  settleOwn,
  type StorageOptions,
} from './owned.ts'
import { flag, refuse, refuseUnknown, time, times } from './refuse.ts'

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
  /** Readiness stays as it is while draining: for balancers that cut the connections of what is not ready. Default false. */
  readonly readyWhileDraining?: boolean
  /** Checks of our own, each tuned or `false`. They warn at most. */
  readonly storage?: StorageOptions | false
  readonly eventLoop?: LoopOptions | false
  readonly memory?: MemoryOptions | false
  readonly disk?: DiskOptions | false
}

/** The option `health`, resolved; times in ms. */
export interface HealthSettings {
  readonly defaults: CheckDefaults
  readonly manual: boolean
  readonly drainDelay: number
  readonly readyWhileDraining: boolean
  readonly own: OwnSettings
}

const OWN = ['storage', 'eventLoop', 'memory', 'disk'] as const
const KNOWN = ['interval', 'timeout', 'failAfter', 'passAfter', 'start', 'drainDelay', 'readyWhileDraining', ...OWN]
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
  refuseUnknown('health', options, KNOWN)
  return {
    defaults: {
      interval: time('health.interval', options.interval ?? '10s', 100)!,
      timeout: time('health.timeout', options.timeout ?? '2s', 10)!,
      failAfter: times('health.failAfter', options.failAfter ?? 2)!,
      passAfter: times('health.passAfter', options.passAfter ?? 1)!,
    },
    manual: isManual(options.start),
    drainDelay: drainDelay(options.drainDelay, environment),
    readyWhileDraining: flag('health.readyWhileDraining', options.readyWhileDraining ?? false),
    own: settleOwn({
      storage: options.storage,
      eventLoop: options.eventLoop,
      memory: options.memory,
      disk: options.disk,
    }),
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
