import { type Code, MetricsError } from './errors.ts'
import type { Answer } from './storage/store.ts'

/** A question as code asks it: the parameters of GET /metrics/query, in camel case, lists as arrays. */
export interface Query {
  readonly metric: string | readonly string[]
  readonly from?: string | number | Date
  readonly to?: string | number | Date
  readonly groupBy?: string | readonly string[]
  readonly agg?: string | readonly string[]
  readonly tz?: string
  readonly fill?: 'zero' | 'null' | 'none' | 'previous'
  readonly compare?: 'previous' | '1d' | '7d' | '1M' | '1y'
  readonly per?: 'second' | 'minute' | 'hour' | 'day'
  readonly top?: number
  readonly order?: string
  readonly limit?: number
  readonly offset?: number
  /** Label filters: one value, several of which any matches, `!value`, `*` for any characters. */
  readonly where?: Readonly<Record<string, string | readonly string[]>>
}

/** A flat row of an answer. */
export type QueryRow = Readonly<Record<string, string | number | boolean | null>>

/** The envelope of GET /metrics/query, its rows under `rows` and under `data`. */
export interface QueryAnswer {
  readonly metric: string
  readonly unit: string | null
  readonly agg: string
  readonly interval: string | null
  readonly tz: string
  readonly from: string
  readonly to: string
  readonly total: number | null
  readonly previous_total: number | null
  readonly change_percent: number | null
  readonly row_count: number
  readonly total_rows: number
  readonly warning: string | null
  readonly data: readonly QueryRow[]
  readonly rows: readonly QueryRow[]
}

/** The query parameters that ask the same. */
export function params(query: Query): (readonly [string, string])[] {
  if (typeof query !== 'object' || query === null) {
    const hint = "Give an object such as { metric: 'revenue', from: '7d' }."
    throw new MetricsError('bad_metric', `There is no question. ${hint}`, { parameter: 'metric', hint })
  }
  const { where, ...rest } = query
  const out: (readonly [string, string])[] = []
  for (const [key, value] of Object.entries(rest)) {
    // However it is asked for, code gets an envelope with its rows.
    if (key === 'format' || (key === 'shape' && value === 'rows')) continue
    if (value !== undefined && value !== null) out.push([key === 'groupBy' ? 'group_by' : key, text(value)])
  }
  for (const [label, value] of Object.entries(where ?? {})) out.push([`label.${label}`, text(value)])
  return out
}

function text(value: unknown): string {
  if (value instanceof Date) return String(value.getTime())
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** An answer of GET /metrics/query as an object; throws the MetricsError that its body tells of. */
export function read(answer: Answer): QueryAnswer {
  const body = JSON.parse(new TextDecoder().decode(answer.body)) as QueryAnswer & Readonly<Record<string, unknown>>
  if (answer.status === 200) return { ...body, rows: body.data }
  const { error, message, parameter, hint } = body
  throw new MetricsError(
    (error ?? 'unavailable') as Code,
    typeof message === 'string' ? message : 'There is no answer.',
    {
      ...(typeof parameter === 'string' ? { parameter } : {}),
      ...(typeof hint === 'string' ? { hint } : {}),
    }
  )
}
