import { type Metric, stored } from './metric.ts'

/**
 * Requests of each instance as a whole, by the name of the metric that they stand for where it is asked for by
 * `instance`. They are in no list: who asks for `http_requests` by instance gets them.
 */
export const WHOLE: Readonly<Record<'http_requests' | 'http_latency_ms', Metric>> = {
  http_requests: stored('http_instance_requests', 'counter', 'requests', 'HTTP requests of an instance'),
  http_latency_ms: stored('http_instance_latency_ms', 'histogram', 'ms', 'Latency of an instance', { factor: 1e-3 }),
}

/** Names of metrics that stand in for others and are in no list. */
export const UNLISTED: ReadonlySet<string> = new Set(Object.values(WHOLE).map(({ name }) => name))
