import { type Asked, type Dialect, type Facts, heard } from '../facts.ts'
import { has, isRecord, items, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'
import { openaiUsage, reportedCost } from '../usages.ts'

/**
 * Chat Completions and what is written like it: legacy completions; Azure, Groq, Mistral, DeepSeek, xAI, OpenRouter,
 * Together, Perplexity, LiteLLM, vLLM.
 */
export const openai: Dialect = {
  read(doc, facts, asked) {
    const usage = usageIn(doc)
    if (!isOurs(doc, usage, asked)) return false
    facts.model = text(doc['model']) || facts.model
    facts.tier = text(doc['service_tier']) || facts.tier
    facts.provider = makerOf(doc) || facts.provider
    if (usage !== undefined) {
      facts.usage = openaiUsage(usage)
      facts.reported = reportedCost(usage) ?? facts.reported
    }
    readChoices(items(doc['choices']).map(record), facts, asked)
    if (!asked.stream) facts.finished = true
    return true
  },
}

function isOurs(doc: Doc, usage: Doc = {}, { route }: Asked): boolean {
  if (/^(chat\.completion|text_completion|completion)/.test(text(doc['object']))) return true
  if (Array.isArray(doc['choices'])) return has(usage, 'prompt_tokens') || 'model' in doc || 'id' in doc
  return route.operation === 'chat' && has(usage, 'prompt_tokens') && has(usage, 'completion_tokens')
}

/** Groq's streams have it in a place of their own. */
function usageIn(doc: Doc): Doc | undefined {
  return [doc['usage'], record(doc['x_groq'])['usage']].find(isRecord)
}

function makerOf(doc: Doc): string {
  const usage = record(doc['usage'])
  if ('x_groq' in doc || 'queue_time' in usage) return 'groq'
  if ('prompt_cache_hit_tokens' in usage) return 'deepseek'
  if ('num_sources_used' in usage || 'cost_in_usd_ticks' in usage) return 'x-ai'
  if ('search_context_size' in usage || 'num_search_queries' in usage) return 'perplexity'
  return 'cost' in usage && ('provider' in doc || 'is_byok' in usage || 'cost_details' in usage) ? 'openrouter' : ''
}

function readChoices(choices: readonly Doc[], facts: Facts, asked: Asked): void {
  for (const choice of choices) {
    // One delta is one piece, whatever it is made of.
    heard(facts, saidIn(choice))
    if (text(choice['finish_reason']) === 'error') facts.failed = true
  }
  const stops = choices.filter((choice) => text(choice['finish_reason']) !== '').length
  facts.raw = { stops: tokens(facts.raw['stops']) + stops }
  if (stops > 0 && tokens(facts.raw['stops']) >= asked.choices) facts.ended = true
}

function saidIn(choice: Doc): number {
  const said = record(choice['delta'] ?? choice['message'])
  const calls = items(said['tool_calls']).map((call) => record(record(call)['function'])['arguments'])
  const thought = said['reasoning_content'] ?? said['reasoning']
  const parts = [said['content'], thought, said['refusal'], choice['text'], ...calls]
  return parts.reduce<number>((sum, size) => sum + tokens(size), 0)
}
