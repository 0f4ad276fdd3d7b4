import type { IncomingMessage } from 'node:http'
import { type AlertsOptions, type AlertsSettings, settleAlerts } from './alerts/option.ts'
import { type Authorize } from './api/access.ts'
import type { KeyOption } from './api/keys.ts'
import {
  ages,
  apart,
  bad,
  bytes,
  callable,
  constant,
  count,
  flag,
  mount,
  pace,
  patterns,
  share,
  type SystemOptions,
  type SystemSettings,
  systemOptions,
  text,
  time,
  zone,
} from './checks.ts'
import type { Labels } from './core/labels.ts'
import { KEPT, type Tier, TIERS } from './core/tiers.ts'
import { told } from './core/told.ts'
import type { Log } from './guard.ts'
import { type HealthOptions, type HealthSettings, settleHealth } from './health/option.ts'
import { identity } from './identity.ts'
import { type LlmOptions, llmOptions } from './llm/options.ts'
import type { StorageDriver } from './storage/driver.ts'
import { isFar } from './storage/place.ts'

/** What `retention` can say one by one: ages such as `'48h'`. */
export type Retention = { readonly [K in Tier | 'events']?: string }

/** Every option of `new Metrics(app, options)`; what is not given comes from the environment, then from here. */
export interface Options {
  /** Where the numbers are kept (METRICS_STORAGE): `sqlite://file`, `sqlite:///absolute/file`, `redis://host`, `memory://` or a driver. Default `sqlite://metrics.db`. */
  readonly storage?: string | StorageDriver
  /** How long events are kept (METRICS_RETENTION), or an age for each tier. Default `24h`: events answer "which ones?", and that is asked today. */
  readonly retention?: string | Retention
  /** The most that the store may take; the oldest detail goes first. Default `256MB`: two weeks of 100 million requests a month. */
  readonly maxSize?: string
  /** Access keys (METRICS_KEY). Default none: then only this machine may look, and only in development. */
  readonly keys?: string | readonly KeyOption[]
  /** Allows a request by the app's own sessions. */
  readonly authorize?: Authorize
  /** Where our routes live; `false` serves none. Default `/metrics`, where scrapers look. */
  readonly path?: string | false
  /** Where the probes live; `false` serves none. Default `/health`. */
  readonly healthPath?: string | false
  /** How this process is checked and drained; `false` does neither, and serves no probes. Default: all on. */
  readonly health?: HealthOptions | false
  /** Exact origins that may read from a browser. Default none: no-code tools call from their servers. */
  readonly cors?: string | readonly string[]
  /** The zone of days in answers (METRICS_TIMEZONE). Default `UTC`. */
  readonly timezone?: string
  /** Labels that every series carries, such as service or region. */
  readonly labels?: Labels
  /** The name of this process (METRICS_INSTANCE). Default host and pid. */
  readonly instance?: string
  /** The version that runs (METRICS_RELEASE). Default: what hosts, package.json or git say. */
  readonly release?: string
  /** Endpoints that are not counted, `*` stands for any characters; replaces the default: probes and favicon. */
  readonly ignore?: readonly string[]
  /** From when a request is kept as slow. Default `1s`. */
  readonly slow?: string
  /** Share of events that are kept, above 0 to 1; totals stay exact. Default 1. */
  readonly sample?: number
  /** Series in all, and of one metric; what is beyond goes into the overflow series. Default 10,000 and 1,000. */
  readonly maxSeries?: number
  readonly maxSeriesPerMetric?: number
  /** How often the store is written: what a kill -9 may lose. Default `1s`, or `5s` where the store is on a network. */
  readonly flushEvery?: string
  /** Names the endpoint of a request on a bare node:http server. */
  readonly route?: (request: IncomingMessage) => string | undefined
  /** False keeps label values that look like e-mail addresses, keys, tokens or card numbers as they are. Default true. */
  readonly redact?: boolean
  /** Costs of language models and other paid APIs, seen by themselves; `false` (METRICS_LLM=off) watches none. Default on: it costs nothing before the first call. */
  readonly llm?: LlmOptions | boolean
  /** What process and machine are like, read every so often; `false` (METRICS_SYSTEM=off) reads none. Default every `10s`: less than a thousandth of a core. */
  readonly system?: SystemOptions | boolean
  /** Rules, whom to tell, and a daily summary; `false` watches nothing. Default: no rules, and without rules nothing runs. */
  readonly alerts?: AlertsOptions | boolean
  /** Where our few lines go. Default: standard error. */
  readonly log?: Log
}

/** Every option, resolved once. */
export interface Settings {
  readonly storage: string | StorageDriver
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  readonly maxSize: number
  readonly keys: string | readonly KeyOption[] | undefined
  readonly authorize: Authorize | undefined
  readonly production: boolean
  readonly path: string | false
  readonly healthPath: string | false
  readonly health: HealthSettings | false
  readonly cors: string | readonly string[] | undefined
  readonly timezone: string
  readonly labels: Labels
  readonly app: string
  readonly instance: string
  readonly release: string | undefined
  readonly ignore: readonly string[] | undefined
  readonly slow: number
  readonly sample: number
  readonly maxSeries: number
  readonly maxSeriesPerMetric: number
  readonly flushEvery: number
  readonly route: Options['route']
  readonly redact: boolean
  /** Undefined: nothing is watched. */
  readonly llm: LlmOptions | undefined
  readonly alerts: AlertsSettings | false
  /** Undefined: neither process nor machine is looked at. */
  readonly system: SystemSettings | undefined
  readonly log: Log
}

const KNOWN: ReadonlySet<string> = new Set(
  (
    'storage retention maxSize keys authorize path healthPath cors timezone labels instance release ignore slow ' +
    'sample maxSeries maxSeriesPerMetric flushEvery route redact log llm system health alerts dashboard'
  ).split(' ')
)

/** Options of parts that are still to come. */
const LATER: ReadonlySet<string> = new Set(['dashboard'])

/** What apps of frameworks can do, and options cannot. */
const OF_APPS = ['listen', 'use', 'fetch', 'handle', 'handler', 'emit', 'server']

/** Whether a lone first argument is options rather than an app; one misspelt option among others does not make it an app. */
export function looksLikeOptions(value: unknown): value is Options {
  try {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false
    return Object.keys(value).some((key) => KNOWN.has(key)) && !OF_APPS.some((key) => key in value)
  } catch {
    // A proxy that lets nobody look is an app, if it is anything.
    return false
  }
}

/** Resolves and checks options; throws `bad_option` naming option, value and fix. */
export function settle(given: Options, variables: Readonly<Record<string, string | undefined>>): Settings {
  const options: Options = given ?? {}
  if (typeof options !== 'object') bad('options', `is ${told(options)}`, "Give an object such as { retention: '7d' }.")
  // A variable that is set to nothing, as `KEY=` does in a file of variables, says nothing.
  const environment = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  refuseUnknown(options)
  const own = identity(environment)
  const storage = options.storage ?? environment.METRICS_STORAGE ?? 'sqlite://metrics.db'
  return Object.freeze({
    storage,
    ...retention(options.retention ?? environment.METRICS_RETENTION ?? '24h'),
    maxSize: bytes('maxSize', options.maxSize ?? '256MB', 1e6),
    keys: options.keys ?? environment.METRICS_KEY,
    authorize: options.authorize,
    production: environment.NODE_ENV === 'production',
    path: mount('path', options.path ?? '/metrics'),
    healthPath: options.health !== false && apart(options.healthPath ?? '/health', options.path ?? '/metrics'),
    health: settleHealth(options.health, environment),
    cors: options.cors,
    timezone: zone(options.timezone ?? environment.METRICS_TIMEZONE ?? 'UTC'),
    labels: constant(options.labels ?? {}),
    app: own.app,
    instance: text('instance', options.instance ?? environment.METRICS_INSTANCE ?? own.instance),
    release:
      options.release === undefined ? (environment.METRICS_RELEASE ?? own.release) : text('release', options.release),
    ignore: patterns(options.ignore),
    slow: time('slow', options.slow ?? '1s', 1),
    sample: share(options.sample ?? 1),
    maxSeries: count('maxSeries', options.maxSeries ?? 10_000),
    maxSeriesPerMetric: count('maxSeriesPerMetric', options.maxSeriesPerMetric ?? 1_000),
    flushEvery: pace('flushEvery', options.flushEvery ?? (isFar(storage) ? '5s' : '1s'), 10),
    route: callable('route', options.route),
    redact: flag('redact', options.redact ?? true),
    alerts: settleAlerts(options.alerts, zone(options.timezone ?? environment.METRICS_TIMEZONE ?? 'UTC')),
    llm: llmOptions(options.llm, environment.METRICS_LLM),
    system: systemOptions(options.system, environment.METRICS_SYSTEM),
    log: callable('log', options.log) ?? ((line) => process.stderr.write(`${line}\n`)),
  })
}

function refuseUnknown(options: object): void {
  for (const [key, value] of Object.entries(options)) {
    if (!KNOWN.has(key)) bad(key, 'is no option', `Known are: ${[...KNOWN].join(', ')}.`)
    if (LATER.has(key) && value !== false && value !== undefined)
      bad(key, 'is not in this version', 'Leave it out, or give false.')
  }
}

function retention(value: unknown): { kept: Record<Tier, number>; events: number } {
  if (typeof value === 'string') return { kept: { ...KEPT }, events: time('retention', value, 60_000) }
  const kept = { ...KEPT }
  let events = time('retention', '24h', 0)
  for (const [key, age] of Object.entries(ages(value))) {
    if (key === 'events') events = time('retention.events', age, 60_000)
    else if (TIERS.includes(key as Tier)) kept[key as Tier] = time(`retention.${key}`, age, 3_600_000)
    else bad('retention', `has the key '${key}'`, `Known are: events, ${TIERS.join(', ')}.`)
  }
  return { kept, events }
}
