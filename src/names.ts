import { type Metric, MICRO, NANO, stored } from './names/metric.ts'
import { SYSTEM, type SystemKey } from './names/system.ts'
import { UNLISTED } from './names/whole.ts'

export { UNLISTED, WHOLE } from './names/whole.ts'
export { type Across, acrossOf, type Kind, type Metric } from './names/metric.ts'

/** How our own code calls the built-in metrics that are stored. */
export type StoredKey =
  | 'requests'
  | 'latency'
  | 'ttfb'
  | 'requestBytes'
  | 'responseBytes'
  | 'active'
  | 'streamsOpen'
  | 'streamTime'
  | 'checkStatus'
  | 'checkTime'
  | 'ready'
  | 'probes'
  | 'llmCalls'
  | 'llmTokens'
  | 'llmCost'
  | 'llmLatency'
  | 'llmUntracked'
  | 'otherCost'
  | SystemKey

/** Every built-in metric that is stored. One table holds all three spellings. */
export const STORED: Readonly<Record<StoredKey, Metric>> = {
  ...SYSTEM,
  requests: stored('http_requests', 'counter', 'requests', 'HTTP requests that ended', {
    prometheus: ['http_requests', 1],
  }),
  latency: stored('http_latency_ms', 'histogram', 'ms', 'Time from a request to the end of its response', {
    factor: 1e-3,
    prometheus: ['http_request_duration_seconds', MICRO],
    otel: 'http.server.request.duration',
  }),
  ttfb: stored('http_ttfb_ms', 'histogram', 'ms', 'Time from a request to the first byte of its response', {
    factor: 1e-3,
    prometheus: ['http_time_to_first_byte_seconds', MICRO],
  }),
  requestBytes: stored('http_request_bytes', 'histogram', 'bytes', 'Bytes received for a request', {
    prometheus: ['http_request_size_bytes', 1],
    otel: 'http.server.request.body.size',
  }),
  responseBytes: stored('http_response_bytes', 'histogram', 'bytes', 'Bytes sent for a response', {
    prometheus: ['http_response_size_bytes', 1],
    otel: 'http.server.response.body.size',
  }),
  active: stored('http_active', 'gauge', 'requests', 'HTTP requests in flight', {
    shared: true,
    prometheus: ['http_requests_active', 1],
    otel: 'http.server.active_requests',
  }),
  streamsOpen: stored('http_streams_open', 'gauge', 'streams', 'Event streams that are open', {
    shared: true,
    prometheus: ['http_streams_open', 1],
  }),
  checkStatus: stored('health_check_status', 'gauge', 'status', '1 while a check passes, 0.5 warns, 0 fails', {
    prometheus: ['health_check_status', 1],
  }),
  checkTime: stored('health_check_ms', 'histogram', 'ms', 'Time that a health check took', {
    factor: 1e-3,
    prometheus: ['health_check_duration_seconds', MICRO],
  }),
  ready: stored('health_ready', 'gauge', 'status', '1 while the process is ready for requests, else 0', {
    prometheus: ['health_ready', 1],
  }),
  probes: stored('health_probe_requests', 'counter', 'requests', 'Health probes that were answered', {
    prometheus: ['health_probe_requests', 1],
  }),
  streamTime: stored('http_stream_ms', 'histogram', 'ms', 'Lifetime of event streams', {
    factor: 1e-3,
    prometheus: ['http_stream_duration_seconds', MICRO],
  }),
  llmCalls: stored('llm_calls', 'counter', 'calls', 'Calls of language models, failed ones too', {
    prometheus: ['llm_calls', 1],
  }),
  llmTokens: stored('llm_tokens', 'counter', 'tokens', 'Tokens of language models, each of one type', {
    prometheus: ['llm_tokens', 1],
  }),
  llmCost: stored('llm_cost_usd', 'counter', 'USD', 'Cost of calls of language models, as far as prices are known', {
    factor: NANO,
    prometheus: ['llm_cost_usd', NANO],
  }),
  llmLatency: stored(
    'llm_latency_ms',
    'histogram',
    'ms',
    'Time from a call of a language model to the end of its answer',
    {
      factor: 1e-3,
      prometheus: ['llm_call_duration_seconds', MICRO],
      bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
      otel: 'gen_ai.client.operation.duration',
    }
  ),
  llmUntracked: stored(
    'llm_untracked',
    'counter',
    'calls',
    'Calls of language models of which only the address was seen',
    {
      prometheus: ['llm_untracked_calls', 1],
    }
  ),
  otherCost: stored('other_cost_usd', 'counter', 'USD', 'Cost of paid APIs other than language models', {
    factor: NANO,
    prometheus: ['other_cost_usd', NANO],
  }),
}

/** A metric that is not stored: another one, seen through a condition or as a ratio. */
export interface Derived {
  readonly name: string
  readonly unit: string
  readonly help: string
  /** The stored metric it is read from. */
  readonly of: string
  /** Only series whose status is in this class; null: all. */
  readonly statusClass: string | null
  /** True: percent of `of`; false: the count itself. */
  readonly ratio: boolean
  /** What is read of a histogram where no aggregate is asked. */
  readonly usual?: 'p50' | 'p99' | 'max'
}

function ofDelay(usual: 'p50' | 'p99' | 'max', help: string): Derived {
  const { name: of, unit } = SYSTEM.loopDelay
  return { name: `event_loop_${usual}_ms`, unit, help, of, statusClass: null, ratio: false, usual }
}

/** Every built-in metric that is derived when asked. */
export const DERIVED: readonly Derived[] = [
  {
    name: 'http_errors',
    unit: 'errors',
    help: 'HTTP responses with a 5xx status',
    of: 'http_requests',
    statusClass: '5xx',
    ratio: false,
  },
  {
    name: 'http_error_rate',
    unit: 'percent',
    help: '5xx responses in percent of requests',
    of: 'http_requests',
    statusClass: '5xx',
    ratio: true,
  },
  ofDelay('p50', 'By how much half of all timers come too late'),
  ofDelay('p99', 'By how much one timer of a hundred comes too late'),
  ofDelay('max', 'By how much a timer came too late at most'),
]

/** The status of a request whose client left before the response had ended. */
export const ABORTED = '499'
/** The endpoint of requests that no route matches. */
export const UNMATCHED = 'unmatched'
/** The method label of methods that HTTP does not know. */
export const OTHER_METHOD = '_OTHER'
/** The endpoint of what is called outside of any request. */
export const BACKGROUND = '(background)'
/** Every label value of the series that takes what is over a cardinality limit. */
export const OVERFLOW = '__overflow__'

/** The class of a status label: `2xx` … `5xx`, or `aborted`. */
export function statusClass(status: string): string {
  return status === ABORTED ? 'aborted' : `${status.charAt(0)}xx`
}

/** Names that only this library records under. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  ...Object.values(STORED).map((metric) => metric.name),
  ...DERIVED.map((metric) => metric.name),
  ...UNLISTED,
])

const UNITS: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/_(usd|eur|gbp|chf|jpy|inr|aud|cad)$/, ''],
  [/(^|_)(revenue|sales|mrr|arr|refunds?|gmv|turnover)$/, 'USD'],
  [/_ms$/, 'ms'],
  [/_seconds$/, 's'],
  [/_bytes$/, 'bytes'],
  [/_percent$/, 'percent'],
]

/** The unit that a name speaks of: `price_eur` EUR, `job_seconds` s, `revenue` USD; otherwise `count`. */
export function unitOf(name: string): string {
  const found = UNITS.find(([pattern]) => pattern.test(name))
  if (found === undefined) return 'count'
  return found[1] === '' ? name.slice(-3).toUpperCase() : found[1]
}
