import { SECOND } from '../core/time.ts'
import type { CheckOptions } from './check.ts'
import { diskLimits, type DiskLimits } from './checks/disk.ts'
import type { LoopLimits } from './checks/loop.ts'
import { percent, refuse, refuseUnknown, shown, time, times } from './refuse.ts'

/** What each check of our own can be told. */
export interface OwnOptions {
  /** So many results in a row turn it to a warning. Default 3; of the store and the disk 2. */
  readonly failAfter?: number
  /** How often it looks, and the window that it looks at. Default: `health.interval`. */
  readonly interval?: string
  /** `degraded` warns, `info` only says so. Default `degraded`. */
  readonly impact?: 'degraded' | 'info'
}

/** The option `health.storage`. */
export interface StorageOptions extends OwnOptions {
  /** So long may a flush take before it is a warning. Default `15s`. */
  readonly age?: string
}

/** The option `health.eventLoop`. */
export interface LoopOptions extends OwnOptions {
  /** From when on the 99th percentile of a window is too late. Default `200ms`: then visitors notice. */
  readonly p99?: string
  /** Warns too when the loop is that busy, such as `98%`. Default: never, since workers are busy by trade. */
  readonly busy?: string
}

/** The option `health.memory`. */
export interface MemoryOptions extends OwnOptions {
  /** So much of the container's limit, or of the heap's. Default `90%`. */
  readonly used?: string
}

/** The option `health.disk`, of the folder that the store is in. */
export interface DiskOptions extends OwnOptions {
  /** So much must be free. Default `10%`, and never more than 2 GB. */
  readonly free?: string
  /** So many of the files that the disk can hold. Default `5%`. */
  readonly inodes?: string
  /** Another folder. Default: the one of the store, where there is one. */
  readonly path?: string
}

/** The checks of our own as they were asked for; false: not at all. */
export interface OwnSettings {
  readonly storage: (Shared & { readonly age: number }) | false
  readonly eventLoop: (Shared & LoopLimits) | false
  readonly memory: (Shared & { readonly used: number }) | false
  readonly disk: (Shared & DiskLimits & { readonly path: string | undefined }) | false
}

interface Shared {
  readonly options: CheckOptions
}

const SHARED = ['failAfter', 'interval', 'impact']

/** Resolves and checks the options of our own checks; throws `bad_option`. */
export function settleOwn(given: Readonly<Record<keyof OwnSettings, unknown>>): OwnSettings {
  return {
    storage: settled<StorageOptions, { age: number }>('storage', given.storage, 2, ['age'], ({ age }, at) => ({
      age: time(`${at}.age`, age ?? '15s', SECOND)!,
    })),
    eventLoop: settled<LoopOptions, LoopLimits>('eventLoop', given.eventLoop, 3, ['p99', 'busy'], (options, at) => ({
      p99: time(`${at}.p99`, options.p99 ?? '200ms', 1)!,
      busy: options.busy === undefined ? undefined : percent(`${at}.busy`, options.busy),
    })),
    memory: settled<MemoryOptions, { used: number }>('memory', given.memory, 3, ['used'], ({ used }, at) => ({
      used: percent(`${at}.used`, used ?? '90%'),
    })),
    disk: settled<DiskOptions, DiskLimits & { path: string | undefined }>(
      'disk',
      given.disk,
      2,
      ['free', 'inodes', 'path'],
      (options, at) => ({ ...diskLimits(`${at}.`, options), path: folder(`${at}.path`, options.path) })
    ),
  }
}

function settled<O extends OwnOptions, L>(
  name: keyof OwnSettings,
  given: unknown,
  failAfter: number,
  keys: readonly string[],
  limits: (options: O, at: string) => L
): (Shared & L) | false {
  if (given === false) return false
  const at = `health.${name}`
  const options = (given === undefined || given === true ? {} : given) as O
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse(at, `is ${shown(given)}`, `Give an object with ${[...keys, ...SHARED].join(', ')}, or false.`)
  }
  refuseUnknown(at, options, [...keys, ...SHARED])
  if (options.impact !== undefined && options.impact !== 'degraded' && options.impact !== 'info') {
    refuse(
      `${at}.impact`,
      `is ${shown(options.impact)}`,
      "Choose 'degraded' or 'info'; only what you register is critical."
    )
  }
  time(`${at}.interval`, options.interval, 50)
  const { interval, impact } = options
  const shared: CheckOptions = {
    failAfter: times(`${at}.failAfter`, options.failAfter ?? failAfter)!,
    ...(interval === undefined ? {} : { interval }),
    ...(impact === undefined ? {} : { impact }),
  }
  return { ...limits(options, at), options: shared }
}

function folder(option: string, given: unknown): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '')) return given
  return refuse(option, `is ${shown(given)}`, 'Give a folder.')
}
