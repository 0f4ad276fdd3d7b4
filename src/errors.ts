/** The codes that a MetricsError can carry. */
export type Code =
  // HTTP answers and metrics.query()
  | 'bad_time'
  | 'bad_metric'
  | 'bad_group_by'
  | 'bad_agg'
  | 'bad_timezone'
  | 'bad_filter'
  | 'bad_limit'
  | 'bad_format'
  | 'bad_shape'
  | 'too_large'
  | 'not_found'
  | 'unauthorized'
  | 'forbidden'
  | 'method_not_allowed'
  | 'busy'
  | 'unavailable'
  // start
  | 'bad_option'
  | 'missing_package'
  // metrics.llm.guard()
  | 'budget_exceeded'
  // storage
  | 'storage_unwritable'
  | 'storage_readonly'
  | 'storage_full'
  | 'storage_busy'
  | 'storage_corrupt'
  | 'storage_newer'
  | 'storage_timeout'
  | 'storage_failed'
  | 'closed'

/** What a MetricsError may say beyond its code and message. */
export interface Details {
  readonly cause?: unknown
  /** The option or query parameter at fault. */
  readonly parameter?: string
  /** What to do about it. */
  readonly hint?: string
}

/** Every error this library throws: what is wrong in `message`, what to do in `hint`, and a code to branch on. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError'
  readonly code: Code
  readonly parameter: string | undefined
  readonly hint: string | undefined

  constructor(code: Code, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.parameter = details.parameter
    this.hint = details.hint
  }
}

/** The HTTP status that a code stands for. */
export function statusOf(code: Code): number {
  switch (code) {
    case 'unauthorized':
      return 401
    case 'forbidden':
      return 403
    case 'not_found':
      return 404
    case 'method_not_allowed':
      return 405
    case 'budget_exceeded':
      return 429
    case 'busy':
    case 'unavailable':
    case 'closed':
      return 503
    default:
      return code.startsWith('storage_') ? 503 : 400
  }
}
