import { llmHub } from './llm/hub.ts'
import { isOn } from './llm/switch.ts'

export type { Alert, AlertType } from './alerts/alert.ts'
export type { Alerts } from './alerts/alerts.ts'
export type { NotifierOptions } from './alerts/channels.ts'
export type { AlertsOptions, DigestOptions } from './alerts/option.ts'
export type { MuteOptions, RuleOptions } from './alerts/rule.ts'
export type { Delivered } from './alerts/trial.ts'
export type { TrackOptions } from './collectors/once.ts'
export type { LooseLabels } from './collectors/track.ts'
export type { Id } from './collectors/unique.ts'
export type { Options, Retention } from './config.ts'
export { MetricsError, type Code } from './errors.ts'
export type { CheckFunction, CheckOptions, CheckResult, Impact } from './health/check.ts'
export type { DiskTarget } from './health/checks/disk.ts'
export type { Heartbeat } from './health/checks/heartbeat.ts'
export type { HttpTarget } from './health/checks/http.ts'
export type { HealthOptions } from './health/option.ts'
export type { HealthReport } from './health/report.ts'
export type { QueueTarget } from './health/clients/bullmq.ts'
export type { SqlTarget } from './health/clients/sql.ts'
export type { CheckTarget } from './health/target.ts'
export type { Counter, Gauge, Histogram, Unique } from './instruments.ts'
export type { Guarded, Llm, Naming } from './llm/llm.ts'
export type { ManualCall, ManualTokens } from './llm/manual.ts'
export type { LlmOptions } from './llm/options.ts'
export type { PaidApi } from './llm/paid.ts'
export type { ModelPrice, PriceOverrides } from './llm/prices/overrides.ts'
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
if (isOn(process.env['METRICS_LLM']) !== false) llmHub()
