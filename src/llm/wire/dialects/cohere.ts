import { type Dialect, type Facts, counts, heard, usageOf } from '../facts.ts'
import { isRecord, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'

/** Cohere's own chat, embed and rerank, second version and first. */
export const cohere: Dialect = {
  read(doc, facts) {
    const type = text(doc['type']) || text(doc['event_type'])
    const found = [doc['usage'], doc['meta'], record(doc['delta'])['usage'], record(doc['response'])['meta']].find(
      isBill
    )
    if (found === undefined) return takeEvent(type, doc, facts)
    takeBill(found, facts)
    facts.provider = 'cohere'
    facts.ended = true
    facts.finished = true
    return true
  },
}

function isBill(value: unknown): value is Doc {
  return isRecord(value) && (isRecord(value['billed_units']) || isRecord(value['tokens']))
}

/** What is billed is less than what was used: the texts that Cohere itself adds are free. */
function takeBill(bill: Doc, facts: Facts): void {
  const units = record(bill['billed_units'] ?? bill['tokens'])
  const cached = tokens(bill['cached_tokens'])
  const input = tokens(units['input_tokens'])
  facts.usage = usageOf({
    input: Math.max(input, cached),
    cached,
    inputImage: tokens(units['image_tokens']),
    output: tokens(units['output_tokens']),
    units: counts({
      searches: tokens(units['search_units']),
      classifications: tokens(units['classifications']),
      images: tokens(units['images']),
      pages: tokens(units['pages']),
    }),
  })
}

const EVENTS =
  /^(message-start|message-end|content-(start|delta|end)|tool-(plan-delta|call-(start|delta|end))|citation-(start|end)|stream-start|text-generation|stream-end)$/

function takeEvent(type: string, doc: Doc, facts: Facts): boolean {
  if (!EVENTS.test(type)) return false
  facts.provider = 'cohere'
  facts.hasEnd = true
  heard(facts, record(record(record(doc['delta'])['message'])['content'])['text'] ?? doc['text'])
  return true
}
