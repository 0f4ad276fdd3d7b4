import { llmHub } from './llm/hub.ts'

export type { TrackOptions } from './collectors/once.ts'
export type { LooseLabels } from './collectors/track.ts'
export type { Options, Retention } from './config.ts'
export { MetricsError, type Code } from './errors.ts'
export type { Counter, Gauge, Histogram } from './instruments.ts'
export { Metrics } from './metrics.ts'
export type { MetricOptions } from './recording.ts'
export type { Schema, SchemaLike } from './schema.ts'
export type { Query, QueryAnswer, QueryRow } from './questions.ts'
export type {
  Batch,
  Box,
  BoxSelector,
  Claims,
  EventSelector,
  Name,
  Prunable,
  Size,
  StorageDriver,
} from './storage/driver.ts'
export type { Standing } from './storage/store.ts'
export type { Peer } from './api/fetch.ts'
export type { ApiRequest } from './api/request.ts'

// Before the app makes its clients, which keep the `fetch` that they find. Inert until a Metrics is constructed.
if (process.env['METRICS_LLM'] !== 'off') llmHub()
