import type { Field, KeptEvent } from '../../core/event.ts'
import { iso } from '../../query/calendar.ts'
import type { Row } from '../../query/query.ts'
import type { Zone } from '../../query/zone.ts'

/** One call of a model as an invented row, which also says what columns there are. */
export const CALL: Row = {
  id: 1147,
  time: '2026-11-22T10:29:58Z',
  ts: 1795343398000,
  endpoint: '/summaries/:id',
  provider: 'provider-1',
  model: 'model-a',
  requested_model: 'model-a',
  operation: 'chat',
  stream: true,
  input_tokens: 1200,
  cached_tokens: 1024,
  cache_write_tokens: 0,
  output_tokens: 300,
  reasoning_tokens: 0,
  cost_usd: 0.00472,
  pricing: 'exact',
  price_source: 'snapshot',
  outcome: 'ok',
  status: 200,
  duration_ms: 812.5,
  first_byte_ms: 120.1,
  feature: 'summary',
  user: 'u_17',
  instance: 'web-1',
  weight: 1,
}

const AS_KEPT = Object.keys(CALL).filter((column) => !['id', 'time', 'ts', 'weight'].includes(column))

/** One call of a model; tokens mean what they mean in `/metrics/costs`: the cache is in the input, reasoning in the output. */
export function callRow(event: KeptEvent, zone: Zone): Row {
  const { fields, labels } = event
  const kept = AS_KEPT.map((column) => [column, fields[column] ?? labels[column] ?? null] as const)
  return {
    id: event.id,
    time: iso(event.time, zone),
    ts: event.time,
    ...Object.fromEntries(kept),
    input_tokens: together(fields.input_tokens, fields.cached_tokens, fields.cache_write_tokens),
    output_tokens: together(fields.output_tokens, fields.reasoning_tokens),
    weight: event.weight,
  }
}

/** Null where the call told no usage. */
function together(...counts: readonly (Field | undefined)[]): number | null {
  const known = counts.filter((count) => typeof count === 'number')
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}
