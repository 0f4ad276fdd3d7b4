import type { Draft } from '../core/event.ts'
import type { Clock } from '../core/time.ts'
import type { Registry } from '../core/registry.ts'
import type { Series } from '../core/series.ts'
import { ABORTED, OTHER_METHOD, STORED, UNMATCHED } from '../names.ts'
import { Ended } from './ended.ts'
import { Endpoint, OTHER_ENDPOINT } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import { Ignored } from './ignored.ts'
import { RequestTail } from './tail.ts'
import { Whole } from './whole.ts'

/** What an HttpCollector is made of. */
export interface HttpOptions {
  readonly clock: Clock
  readonly instance: string
  /** Milliseconds from which a request is kept as slow. */
  readonly slow: number
  /** Share of the events that is kept, 0 … 1; errors and slow requests are kept anyway. */
  readonly sample: number
  /** Endpoints that are not counted; `*` stands for any run of characters. */
  readonly ignore: readonly string[]
  /** Endpoints beyond this many are counted as `(other)`. */
  readonly maxEndpoints: number
}

/** What the metrics of one endpoint and method are recorded in; all handles are held, nothing is looked up by text. */
interface Recorder {
  readonly method: string
  readonly byStatus: Map<number, Counted>
  aborted: Series | undefined
  readonly ttfb: Series
  readonly requestBytes: Series
  readonly responseBytes: Series
  streams: Series | undefined
}

interface Counted {
  readonly requests: Series
  latency: Series | undefined
}

// OpenTelemetry's list (RFC 9110, PATCH, QUERY): what else a parser lets in is nobody's route and anybody's choice.
const METHODS: ReadonlySet<string> = new Set('GET POST PUT PATCH DELETE HEAD OPTIONS CONNECT TRACE QUERY'.split(' '))

/** What stands for a template inside an HttpCollector. */
export type HttpEndpoint = Endpoint<Recorder>

/** Counts HTTP requests by endpoint, method and status, and keeps a bounded tail of them as events. */
export class HttpCollector {
  readonly #registry: Registry
  readonly #options: HttpOptions
  readonly #endpoints = new Map<string, HttpEndpoint>()
  readonly #ignored: Ignored
  /** The endpoint of requests that are not counted. */
  readonly uncounted: HttpEndpoint = new Endpoint('', true)
  readonly #other: HttpEndpoint
  readonly #tail: RequestTail
  /** This process' requests as a whole. */
  readonly whole: Whole
  readonly #active: Series
  readonly #ended = new Ended<HttpEndpoint, Recorder>()
  #streams: Series | undefined
  #open = 0
  #inFlight = 0
  /** Wall time minus monotonic time, read anew about once a second: a clock read less per request. */
  #offset = 0
  #offsetUntil = -Infinity

  constructor(registry: Registry, options: HttpOptions) {
    this.#registry = registry
    this.#options = options
    this.#ignored = new Ignored(options.ignore)
    this.#other = new Endpoint(OTHER_ENDPOINT, false)
    this.#tail = new RequestTail(options)
    this.whole = new Whole(registry, options.instance)
    this.#active = registry.series(STORED.active, { instance: options.instance })
    registry.ahead.push(() => this.#settle())
  }

  /** Requests that have begun and not ended. */
  get active(): number {
    return this.#inFlight
  }

  /** Event streams that are open. */
  get streams(): number {
    return this.#open
  }

  /** Events that wait to be drained. */
  get waiting(): number {
    return this.#tail.size + this.#ended.size
  }

  /** The one object that stands for a template; beyond the limit, the one for `(other)`. */
  endpoint(template: string): HttpEndpoint {
    const known = this.#endpoints.get(template)
    if (known !== undefined) return known
    if (this.#endpoints.size >= this.#options.maxEndpoints && template !== UNMATCHED) return this.#other
    const made = new Endpoint<Recorder>(template, this.#ignored.has(template))
    this.#endpoints.set(template, made)
    return made
  }

  /** Whether a path that no route matches is one of those that are not counted, as probes are. */
  ignores(path: string): boolean {
    return this.#ignored.has(path)
  }

  began(): void {
    this.#inFlight++
  }

  /** A request that began here is somebody else's, or is not counted. */
  left(): void {
    this.#inFlight--
  }

  streamOpened(): void {
    this.#streams ??= this.#registry.series(STORED.streamsOpen, { instance: this.#options.instance })
    this.#open++
  }

  streamClosed(): void {
    this.#open--
  }

  /**
   * Records a request that began here and is over: it is counted with the next ones, or before minutes are read.
   * Nothing is allocated once its endpoint, method and status are known.
   */
  ended(endpoint: HttpEndpoint, method: string, exchange: Exchange, monotonic: number): void {
    this.#inFlight--
    if (endpoint.ignored) return
    const recorder = endpoint.lastMethod === method ? endpoint.last! : this.#recorder(endpoint, method)
    if (this.#ended.add(endpoint, recorder, exchange, this.#wallTime(monotonic))) this.#settle()
  }

  /** Counts what has ended until now. */
  #settle(): void {
    this.#ended.drain(this.#record)
  }

  readonly #record = (endpoint: HttpEndpoint, recorder: Recorder, exchange: Exchange, at: number): void => {
    if (exchange.aborted) this.#abort(endpoint, recorder).observe(1, at)
    else this.#count(endpoint, recorder, exchange, at)
    if (exchange.ttfb >= 0) recorder.ttfb.observe(micros(exchange.ttfb), at)
    if (exchange.requestBytes >= 0) recorder.requestBytes.observe(exchange.requestBytes, at)
    if (exchange.responseBytes >= 0) recorder.responseBytes.observe(exchange.responseBytes, at)
    if (exchange.blocked !== undefined && exchange.blocked > 0) this.#blocked(endpoint, recorder, exchange.blocked, at)
    this.#tail.add(endpoint.template, recorder.method, exchange, at)
  }

  /** Reads the gauges; called before a flush. */
  sample(): void {
    const now = this.#options.clock.now()
    this.#active.observe(this.#inFlight, now)
    this.#streams?.observe(this.#open, now)
  }

  /** The events since the last call, oldest first, fifty at most: call again while some are waiting. */
  drain(): Draft[] {
    this.#settle()
    return this.#tail.drain(this.#options.clock.now())
  }

  #count(endpoint: HttpEndpoint, recorder: Recorder, exchange: Exchange, at: number): void {
    let counted = recorder.byStatus.get(exchange.status)
    if (counted === undefined) {
      const labels = { endpoint: endpoint.template, method: recorder.method, status: String(exchange.status) }
      const requests = this.whole.requests(this.#registry.series(STORED.requests, labels), labels.status)
      counted = { requests, latency: undefined }
      recorder.byStatus.set(exchange.status, counted)
    }
    counted.requests.observe(1, at)
    if (exchange.cut) return
    if (exchange.stream) {
      recorder.streams ??= this.#registry.series(STORED.streamTime, labelsOf(endpoint, recorder.method))
      recorder.streams.observe(micros(exchange.elapsed), at)
      return
    }
    counted.latency ??= this.#latency(endpoint, recorder, exchange.status)
    counted.latency.observe(micros(exchange.elapsed), at)
  }

  #latency(endpoint: HttpEndpoint, recorder: Recorder, status: number): Series {
    const labels = { ...labelsOf(endpoint, recorder.method), status: String(status) }
    return this.whole.latency(this.#registry.series(STORED.latency, labels))
  }

  /** Made when the first client leaves: an endpoint that nobody leaves takes nothing of the limit on series. */
  #abort(endpoint: HttpEndpoint, recorder: Recorder): Series {
    const labels = { ...labelsOf(endpoint, recorder.method), status: ABORTED }
    return (recorder.aborted ??= this.whole.requests(this.#registry.series(STORED.requests, labels), ABORTED))
  }

  #blocked(endpoint: HttpEndpoint, recorder: Recorder, ms: number, at: number): void {
    this.#registry.series(STORED.blocking, labelsOf(endpoint, recorder.method)).observe(micros(ms), at)
  }

  #recorder(endpoint: HttpEndpoint, given: string): Recorder {
    const method = METHODS.has(given) ? given : OTHER_METHOD
    let recorder = endpoint.byMethod.get(method)
    if (recorder === undefined) {
      const labels = labelsOf(endpoint, method)
      recorder = {
        method,
        byStatus: new Map(),
        aborted: undefined,
        ttfb: this.#registry.series(STORED.ttfb, labels),
        requestBytes: this.#registry.series(STORED.requestBytes, labels),
        responseBytes: this.#registry.series(STORED.responseBytes, labels),
        streams: undefined,
      }
      endpoint.byMethod.set(method, recorder)
    }
    endpoint.lastMethod = given
    endpoint.last = recorder
    return recorder
  }

  #wallTime(monotonic: number): number {
    if (monotonic >= this.#offsetUntil) {
      this.#offset = this.#options.clock.now() - monotonic
      this.#offsetUntil = monotonic + 1_000
    }
    return Math.floor(monotonic + this.#offset)
  }
}

function labelsOf(endpoint: HttpEndpoint, method: string): { endpoint: string; method: string } {
  return { endpoint: endpoint.template, method }
}

function micros(ms: number): number {
  return Math.round(ms * 1000)
}
