import type { Usage } from '../../call.ts'
import { type Asked, type Dialect, type Facts, counts, heard, usageOf } from '../facts.ts'
import { amount, has, isRecord, items, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'

/** Gemini's generateContent and its streams, embeddings, Interactions, and predictions of Vertex. */
export const google: Dialect = {
  read(doc, facts, asked) {
    const usage = record(doc['usageMetadata'] ?? doc['usage_metadata'])
    const known = isRecord(doc['usageMetadata']) || isRecord(doc['usage_metadata'])
    if (known || Array.isArray(doc['candidates'])) takeContent(doc, usage, facts, asked)
    else if (isEmbedding(doc, asked)) facts.finished = true
    else if (Array.isArray(doc['predictions'])) takePredictions(doc, facts)
    else if (!takeInteraction(doc, facts)) return false
    facts.provider = 'google'
    return true
  },
}

/** Without usage: it is estimated. */
function isEmbedding(doc: Doc, { route }: Asked): boolean {
  return /:(batchEmbedContents|embedContent)$/.test(route.path) && (doc['embedding'] ?? doc['embeddings']) === true
}

function takeContent(doc: Doc, usage: Doc, facts: Facts, { stream, route }: Asked): void {
  facts.model = text(doc['modelVersion']) || facts.model
  facts.tier = tierOf(text(usage['trafficType']) || text(usage['serviceTier'])) || facts.tier
  const candidates = items(doc['candidates']).map(record)
  for (const candidate of candidates) {
    for (const part of items(record(candidate['content'])['parts'])) heard(facts, record(part)['text'])
    const searches = tokens(record(candidate['groundingMetadata'])['webSearchQueries'])
    if (searches > 0) facts.raw = { searches: searchesBilled(facts.model || route.model, searches) }
    if (text(candidate['finishReason']) !== '') facts.ended = true
  }
  // Each event has the sum so far: the last holds.
  const tools = counts({ web_search: tokens(facts.raw['searches']) })
  if (Object.keys(usage).length > 0) facts.usage = usageOf({ ...geminiUsage(usage), tools })
  else if (facts.usage !== null) facts.usage = { ...facts.usage, tools }
  if (!stream) facts.finished = true
}

/** Up to Gemini 2.5 an answer that searched is billed once, since then each search (ai.google.dev, pricing). */
function searchesBilled(model: string, searches: number): number {
  return /gemini-[12][.-]/.test(model) ? 1 : searches
}

/** Thoughts come on top of the candidates; what tools brought comes on top of the prompt. */
function geminiUsage(usage: Doc): Usage {
  const reasoning = tokens(usage['thoughtsTokenCount'])
  return usageOf({
    input: tokens(usage['promptTokenCount']) + tokens(usage['toolUsePromptTokenCount']),
    cached: tokens(usage['cachedContentTokenCount']),
    inputAudio: modality(usage['promptTokensDetails'], 'AUDIO'),
    cachedAudio: modality(usage['cacheTokensDetails'], 'AUDIO'),
    inputImage: modality(usage['promptTokensDetails'], 'IMAGE'),
    output: tokens(usage['candidatesTokenCount'] ?? usage['responseTokenCount']) + reasoning,
    reasoning,
    outputAudio: modality(usage['candidatesTokensDetails'], 'AUDIO'),
    outputImage: modality(usage['candidatesTokensDetails'], 'IMAGE'),
  })
}

function modality(details: unknown, name: string): number {
  const found = items(details)
    .map(record)
    .filter((each) => each['modality'] === name)
  return found.reduce((sum, each) => sum + tokens(each['tokenCount']), 0)
}

function tierOf(word: string): string {
  return /(priority|flex)/i.exec(word)?.[1]?.toLowerCase() ?? ''
}

/** Embeddings of Vertex say how many tokens each has, or how many characters all have; Imagen gives pictures. */
function takePredictions(doc: Doc, facts: Facts): void {
  const predictions = items(doc['predictions']).map(record)
  const embedded = predictions.map((each) => tokens(record(record(each['embeddings'])['statistics'])['token_count']))
  const input = embedded.reduce((sum, count) => sum + count, 0)
  const characters = tokens(record(doc['metadata'])['billableCharacterCount'])
  const units = input > 0 ? {} : characters > 0 ? { characters } : { images: predictions.length }
  facts.usage = usageOf({ input, units: counts(units) })
  facts.finished = true
}

function takeInteraction(doc: Doc, facts: Facts): boolean {
  const interaction = isRecord(doc['interaction']) ? doc['interaction'] : doc
  const usage = record(interaction['usage'])
  if (!has(usage, 'total_input_tokens') && !has(usage, 'total_output_tokens')) return false
  facts.model = text(interaction['model']) || facts.model
  const reasoning = tokens(usage['total_thought_tokens'])
  facts.usage = usageOf({
    input: tokens(usage['total_input_tokens']) + tokens(usage['total_tool_use_tokens']),
    cached: tokens(usage['total_cached_tokens']),
    output: amount(usage['total_output_tokens']) + reasoning,
    reasoning,
  })
  facts.ended = /^(completed|failed|incomplete)$/.test(text(interaction['status']))
  if (!isRecord(doc['interaction'])) facts.finished = facts.ended
  return true
}
