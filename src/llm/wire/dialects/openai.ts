import type { Usage } from '../../call.ts'
import { type Asked, type Dialect, type Facts, counts, heard, usageOf } from '../facts.ts'
import { amount, has, isRecord, items, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'
import { openaiUsage, reportedCost } from '../usages.ts'

/**
 * Chat Completions and what is written like it: legacy completions, embeddings, images, audio, moderations; Azure, Groq,
 * Mistral, DeepSeek, xAI, OpenRouter, Together, Perplexity, LiteLLM, vLLM.
 */
export const openai: Dialect = {
  read(doc, facts, asked) {
    if (!isOurs(doc, asked)) return false
    facts.model = text(doc['model']) || facts.model
    facts.tier = text(doc['service_tier']) || facts.tier
    facts.provider = makerOf(doc) || facts.provider
    const usage = usageIn(doc)
    if (usage !== undefined) takeUsage(usage, facts)
    readChoices(doc, facts, asked)
    readOthers(doc, facts, asked)
    return true
  },
}

const OBJECTS = /^(chat\.completion|text_completion|completion|embedding|moderation)/
const EVENTS = /^(image_generation|image_edit|transcript\.text|speech\.audio)\./

function isOurs(doc: Doc, { route }: Asked): boolean {
  if (OBJECTS.test(text(doc['object'])) || EVENTS.test(text(doc['type']))) return true
  const spoken =
    Array.isArray(doc['choices']) && (has(record(usageIn(doc)), 'prompt_tokens') || 'model' in doc || stamped(doc))
  return spoken || isListed(doc, route.operation)
}

/** Forms that have no name of their own are known by the path that was asked. */
function isListed(doc: Doc, operation: string): boolean {
  const usage = record(usageIn(doc))
  if (operation === 'embeddings') return has(doc, 'data') && (has(usage, 'prompt_tokens') || has(usage, 'total_tokens'))
  if (operation === 'image') return has(doc, 'data')
  if (operation === 'audio') return has(doc, 'text')
  if (operation === 'moderation') return Array.isArray(doc['results']) && text(doc['model']) !== ''
  if (operation === 'rerank') return has(usage, 'total_tokens')
  if (operation === 'ocr') return isRecord(doc['usage_info'])
  if (operation === 'video') return doc['object'] === 'video'
  return operation === 'chat' && has(usage, 'prompt_tokens') && has(usage, 'completion_tokens')
}

function stamped(doc: Doc): boolean {
  return typeof doc['id'] === 'string'
}

/** Groq's streams have it in a place of their own. */
function usageIn(doc: Doc): Doc | undefined {
  const found = doc['usage'] ?? record(doc['x_groq'])['usage'] ?? doc['usage_info']
  return isRecord(found) ? found : undefined
}

function makerOf(doc: Doc): string {
  const usage = record(doc['usage'])
  if ('x_groq' in doc || 'queue_time' in usage) return 'groq'
  if ('prompt_cache_hit_tokens' in usage) return 'deepseek'
  if ('num_sources_used' in usage || 'cost_in_usd_ticks' in usage) return 'x-ai'
  if ('search_context_size' in usage || 'num_search_queries' in usage) return 'perplexity'
  return 'cost' in usage && ('provider' in doc || 'is_byok' in usage || 'cost_details' in usage) ? 'openrouter' : ''
}

function takeUsage(raw: Doc, facts: Facts): void {
  facts.usage = openaiUsage(raw)
  facts.reported = reportedCost(raw) ?? facts.reported
}

function readChoices(doc: Doc, facts: Facts, asked: Asked): void {
  const choices = items(doc['choices']).map(record)
  for (const choice of choices) {
    const said = record(choice['delta'] ?? choice['message'])
    const calls = items(said['tool_calls']).map((call) => record(record(call)['function'])['arguments'])
    const parts = [
      said['content'],
      said['reasoning_content'] ?? said['reasoning'],
      said['refusal'],
      choice['text'],
      ...calls,
    ]
    // One delta is one piece, whatever it is made of.
    heard(
      facts,
      parts.reduce<number>((sum, size) => sum + tokens(size), 0)
    )
    if (text(choice['finish_reason']) === 'error') facts.failed = true
  }
  const stops = choices.filter((choice) => text(choice['finish_reason']) !== '').length
  facts.raw = { stops: tokens(facts.raw['stops']) + stops }
  if (stops > 0 && tokens(facts.raw['stops']) >= asked.choices) facts.ended = true
  if (doc['choices'] !== undefined && !asked.stream) facts.finished = true
}

function readOthers(doc: Doc, facts: Facts, asked: Asked): void {
  const { operation } = asked.route
  const type = text(doc['type'])
  if (/\.(completed|done)$/.test(type) && EVENTS.test(type) && !type.endsWith('.segment')) facts.finished = true
  if (EVENTS.test(type) || doc['choices'] !== undefined) return
  const images = operation === 'image' ? tokens(doc['data']) : 0
  const seconds = operation === 'audio' ? amount(doc['duration']) : operation === 'video' ? amount(doc['seconds']) : 0
  // What has no tokens is billed by the piece; moderations are free.
  if (facts.usage === null && images + seconds > 0) facts.usage = usageOf({ units: counts({ images, seconds }) })
  if (operation === 'image' && facts.usage !== null) facts.usage = drawn(facts.usage, images)
  if (operation === 'moderation') facts.usage ??= usageOf({})
  if (!asked.stream) facts.finished = true
}

/** All that an image model puts out is picture, unless it says otherwise. */
function drawn(usage: Usage, images: number): Usage {
  const outputImage = usage.outputImage || usage.output
  return { ...usage, outputImage, units: counts({ ...Object.fromEntries(usage.units), images }) }
}
