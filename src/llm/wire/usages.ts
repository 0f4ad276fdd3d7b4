import type { Usage } from '../call.ts'
import { counts, usageOf } from './facts.ts'
import { amount, isRecord, items, record, tokens } from './json.ts'
import type { Doc } from './sieve.ts'

/** Tokens of Chat Completions (`prompt_tokens`) and of Responses, images and audio (`input_tokens`). */
export function openaiUsage(raw: Doc): Usage {
  const of = (...names: string[]): Doc => record(names.map((name) => raw[name]).find(isRecord))
  const inputs = of('prompt_tokens_details', 'input_tokens_details', 'input_token_details', 'prompt_token_details')
  const outputs = of('completion_tokens_details', 'output_tokens_details', 'output_token_details')
  const cached = tokens(
    inputs['cached_tokens'] ?? raw['prompt_cache_hit_tokens'] ?? raw['cached_tokens'] ?? raw['num_cached_tokens']
  )
  const written = tokens(inputs['cache_write_tokens'] ?? inputs['cache_creation_tokens'])
  const output = tokens(raw['completion_tokens'] ?? raw['output_tokens'])
  const input = inputOf(raw, output)
  const reasoning = tokens(outputs['reasoning_tokens'] ?? raw['reasoning_tokens'])
  return usageOf({
    ...withoutTotal(raw, input, cached, written, output, reasoning),
    cached,
    write5m: written,
    inputAudio: tokens(inputs['audio_tokens']),
    cachedAudio: tokens(record(inputs['cached_tokens_details'])['audio_tokens']),
    inputImage: tokens(inputs['image_tokens']),
    reasoning,
    outputAudio: tokens(outputs['audio_tokens']),
    outputImage: tokens(outputs['image_tokens']),
    tools: toolsOf(raw),
    units: counts({
      seconds: amount(raw['seconds'] ?? raw['prompt_audio_seconds']),
      pages: tokens(raw['pages_processed']),
    }),
  })
}

/** Embeddings and rerankers may give nothing but a total. */
function inputOf(raw: Doc, output: number): number {
  const given = raw['prompt_tokens'] ?? raw['input_tokens']
  return given === undefined ? Math.max(0, tokens(raw['total_tokens']) - output) : tokens(given)
}

/**
 * Where the total is larger than its two parts, something is on top that others include: xAI's reasoning
 * (docs.x.ai, reasoning models), the cache of gateways that pass Anthropic's numbers on.
 */
function withoutTotal(
  raw: Doc,
  input: number,
  cached: number,
  written: number,
  output: number,
  reasoning: number
): { input: number; output: number } {
  const over = tokens(raw['total_tokens']) - input - output
  if (over > 0 && over === reasoning) return { input, output: output + reasoning }
  if (over > 0 && over === cached + written) return { input: input + over, output }
  return { input, output }
}

function toolsOf(raw: Doc): ReadonlyMap<string, number> {
  const served = record(raw['server_side_tool_usage_details'] ?? raw['server_tool_use'] ?? raw['connectors'])
  const named = Object.entries(served).map(([name, count]) => [toolName(name), tokens(count)] as const)
  return counts({ web_search: tokens(raw['num_search_queries']), ...Object.fromEntries(named) })
}

function toolName(name: string): string {
  return name.replace(/_(requests|calls)$/, '').slice(0, 64)
}

/** OpenRouter in dollars, Perplexity in parts, xAI in ticks of 1e-10 USD (docs.x.ai, cost tracking). */
export function reportedCost(raw: Doc): number | null {
  const ticks = raw['cost_in_usd_ticks']
  if (typeof ticks === 'number' && ticks >= 0) return ticks / 1e10
  const cost = isRecord(raw['cost']) ? raw['cost']['total_cost'] : raw['cost']
  if (typeof cost !== 'number' || !(cost >= 0)) return null
  // With a key of one's own OpenRouter takes its fee, and the provider its price.
  return raw['is_byok'] === true ? cost + amount(record(raw['cost_details'])['upstream_inference_cost']) : cost
}

/** `input_tokens` is what came from no cache and went into none: the sum of all three is the input. */
export function anthropicUsage(raw: Doc): Usage {
  const parts = [
    raw,
    ...items(raw['iterations'])
      .map(record)
      .filter((each) => each['type'] === 'compaction'),
  ]
  const sum = (of: (part: Doc) => number): number => parts.reduce((all, part) => all + of(part), 0)
  const cached = sum((part) => tokens(part['cache_read_input_tokens']))
  const [write5m, write1h] = [sum((part) => writes(part)[0]), sum((part) => writes(part)[1])]
  const served = Object.entries(record(raw['server_tool_use'])).map(([name, count]) => [name, tokens(count)] as const)
  return usageOf({
    input: sum((part) => tokens(part['input_tokens'])) + cached + write5m + write1h,
    cached,
    write5m,
    write1h,
    output: sum((part) => tokens(part['output_tokens'])),
    reasoning: sum((part) => tokens(record(part['output_tokens_details'])['thinking_tokens'])),
    tools: counts(Object.fromEntries(served.map(([name, count]) => [name.replace(/_requests$/, ''), count]))),
  })
}

/** Written for five minutes and for an hour; what is not told apart is taken for five minutes. */
function writes(part: Doc): readonly [number, number] {
  const split = record(part['cache_creation'])
  const [short, long] = [tokens(split['ephemeral_5m_input_tokens']), tokens(split['ephemeral_1h_input_tokens'])]
  const all = Math.max(tokens(part['cache_creation_input_tokens']), short + long)
  return [all - long, long]
}
