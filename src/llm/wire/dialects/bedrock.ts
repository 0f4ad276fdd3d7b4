import type { Usage } from '../../call.ts'
import { type Asked, type Dialect, type Facts, heard, usageOf } from '../facts.ts'
import { has, isRecord, items, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'

/** Converse, and what InvokeModel gives of the models of Amazon and Meta; Claude speaks Anthropic's there too. */
export const bedrock: Dialect = {
  read(doc, facts, asked) {
    // Nova's streams have it in an event's `metadata`.
    const usage = record(doc['usage'] ?? record(doc['metadata'])['usage'])
    if (has(usage, 'inputTokens') || has(usage, 'outputTokens')) facts.usage = converseUsage(usage)
    else if (!takeOlder(doc, facts)) return takeEvent(doc, facts, asked)
    facts.tier = text(record(doc['serviceTier'])['type']) || facts.tier
    facts.provider = 'bedrock'
    facts.ended = true
    facts.finished = true
    return true
  },
}

/** `inputTokens` leaves the cache out (docs.aws.amazon.com, Bedrock, prompt caching). */
function converseUsage(usage: Doc): Usage {
  const cached = tokens(usage['cacheReadInputTokens'] ?? usage['cacheReadInputTokenCount'])
  const written = tokens(usage['cacheWriteInputTokens'] ?? usage['cacheWriteInputTokenCount'])
  const hours = items(usage['cacheDetails'])
    .map(record)
    .filter((each) => each['ttl'] === '1h')
  const write1h = Math.min(
    written,
    hours.reduce((sum, each) => sum + tokens(each['inputTokens']), 0)
  )
  return usageOf({
    input: tokens(usage['inputTokens']) + cached + written,
    cached,
    write5m: written - write1h,
    write1h,
    output: tokens(usage['outputTokens']),
  })
}

/** Titan and Llama count at the top; `invocationMetrics` are Bedrock's own count of what was streamed. */
function takeOlder(doc: Doc, facts: Facts): boolean {
  const metrics = doc['amazon-bedrock-invocationMetrics']
  if (isRecord(metrics)) {
    const { inputTokenCount: inputTokens, outputTokenCount: outputTokens } = metrics
    facts.usage ??= converseUsage({ ...metrics, inputTokens, outputTokens })
  } else if (has(doc, 'generation_token_count')) {
    facts.usage = usageOf({ input: tokens(doc['prompt_token_count']), output: tokens(doc['generation_token_count']) })
  } else if (has(doc, 'inputTextTokenCount')) {
    const output = items(doc['results']).reduce<number>((sum, each) => sum + tokens(record(each)['tokenCount']), 0)
    facts.usage = usageOf({ input: tokens(doc['inputTextTokenCount']), output })
  } else return false
  return true
}

/** Events of ConverseStream and Nova have no name within, but for a text in a place of its own. */
function takeEvent(doc: Doc, facts: Facts, { route }: Asked): boolean {
  if (!route.path.startsWith('/model/')) return false
  const delta = record(record(doc['contentBlockDelta'])['delta'] ?? doc['delta'])
  heard(facts, delta['text'])
  facts.hasEnd = route.streams
  return typeof delta['text'] === 'number'
}
