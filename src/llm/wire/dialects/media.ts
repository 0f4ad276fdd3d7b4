import type { Usage } from '../../call.ts'
import { type Asked, type Dialect, type Facts, counts, sumOf, usageOf } from '../facts.ts'
import { amount, has, isRecord, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'
import { openaiUsage, reportedCost } from '../usages.ts'

/**
 * Embeddings, pictures, sound, moderations, reranking, reading of pages, in OpenAI's forms and those like them: they have
 * no name of their own, and are known by the path that was asked.
 */
export const media: Dialect = {
  read(doc, facts, asked) {
    const type = text(doc['type'])
    const event = EVENTS.test(type)
    const usage = [doc['usage'], doc['usage_info']].find(isRecord)
    if (!event && !isOurs(doc, record(usage), asked.route.operation)) return false
    facts.model = text(doc['model']) || facts.model
    const used = usage === undefined ? undefined : openaiUsage(usage)
    facts.reported = reportedCost(record(usage)) ?? facts.reported
    if (event) takeEvent(type, used, facts, asked)
    else takeWhole(doc, used, facts, asked.route.operation)
    return true
  },
}

const EVENTS = /^(image_generation|image_edit|transcript\.text|speech\.audio)\./

const FORMS: Readonly<Record<string, (doc: Doc, usage: Doc) => boolean>> = {
  embeddings: (doc, usage) => has(doc, 'data') && (has(usage, 'prompt_tokens') || has(usage, 'total_tokens')),
  image: (doc) => has(doc, 'data'),
  audio: (doc) => has(doc, 'text'),
  moderation: (doc) => Array.isArray(doc['results']) && text(doc['model']) !== '',
  rerank: (_, usage) => has(usage, 'total_tokens'),
  ocr: (doc) => isRecord(doc['usage_info']),
  video: (doc) => doc['object'] === 'video',
}

function isOurs(doc: Doc, usage: Doc, operation: string): boolean {
  return FORMS[operation]?.(doc, usage) === true
}

/** Each picture has an event with a usage of its own. */
function takeEvent(type: string, used: Usage | undefined, facts: Facts, { choices, route }: Asked): void {
  facts.hasEnd = true
  if (used !== undefined) {
    const drawn = route.operation === 'image' ? drawing(used, 1) : used
    facts.usage = facts.usage === null ? drawn : sumOf(facts.usage, drawn)
  }
  if (!/\.(completed|done)$/.test(type)) return
  facts.raw = { done: tokens(facts.raw['done']) + 1 }
  facts.finished = tokens(facts.raw['done']) >= choices
  facts.ended = true
}

function takeWhole(doc: Doc, used: Usage | undefined, facts: Facts, operation: string): void {
  const images = operation === 'image' ? tokens(doc['data']) : 0
  const seconds = operation === 'audio' ? amount(doc['duration']) : operation === 'video' ? amount(doc['seconds']) : 0
  // What has no tokens is billed by the piece; moderations are free.
  if (used !== undefined) facts.usage = images > 0 ? drawing(used, images) : used
  else if (images + seconds > 0) facts.usage = usageOf({ units: counts({ images, seconds }) })
  else if (operation === 'moderation') facts.usage = usageOf({})
  facts.finished = true
}

/** All that an image model puts out is picture, unless it says otherwise. */
function drawing(usage: Usage, images: number): Usage {
  const outputImage = usage.outputImage || usage.output
  return { ...usage, outputImage, units: new Map([...usage.units, ['images', images]]) }
}
