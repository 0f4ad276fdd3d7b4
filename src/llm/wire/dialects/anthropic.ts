import { type Dialect, type Facts, heard } from '../facts.ts'
import { isRecord, items, record, text } from '../json.ts'
import type { Doc } from '../sieve.ts'
import { anthropicUsage } from '../usages.ts'

const EVENTS = /^(message_(delta|stop)|content_block_(start|delta|stop))$/

/** Anthropic's Messages, wherever they are served: Anthropic, Vertex, Bedrock, gateways. */
export const anthropic: Dialect = {
  read(doc, facts) {
    const type = text(doc['type'])
    if (type === 'message' && isRecord(doc['usage'])) {
      takeMessage(doc, facts)
      facts.finished = true
    } else if (type === 'message_start' && isRecord(doc['message'])) {
      facts.hasEnd = true
      takeMessage(doc['message'], facts)
    } else if (type === 'error' && isRecord(doc['error'])) facts.failed = true
    else if (!EVENTS.test(type)) return false
    else takeEvent(type, doc, facts)
    facts.provider = 'anthropic'
    return true
  },
}

function takeMessage(message: Doc, facts: Facts): void {
  facts.model = text(message['model']) || facts.model
  takeUsage(record(message['usage']), facts)
}

function takeEvent(type: string, doc: Doc, facts: Facts): void {
  const delta = record(doc['delta'])
  heard(facts, delta['text'] ?? delta['partial_json'] ?? delta['thinking'])
  if (type === 'message_delta' && isRecord(doc['usage'])) {
    takeUsage(doc['usage'], facts)
    facts.ended = true
  }
  if (type === 'message_stop') facts.finished = true
}

/** Every usage is the sum so far, not what came since: the last word on each part holds. */
function takeUsage(usage: Doc, facts: Facts): void {
  const known = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined)
  facts.raw = { ...facts.raw, ...Object.fromEntries(known) }
  const raw = facts.raw
  facts.usage = anthropicUsage(raw)
  facts.tier = text(raw['speed']) === 'fast' ? 'fast' : text(raw['service_tier']) || facts.tier
  const geo = text(raw['inference_geo'])
  facts.region = /^(global|not_available)$/.test(geo) ? '' : geo
  facts.others.length = 0
  for (const each of items(raw['iterations']).map(record)) {
    // An adviser is a model of its own, at a price of its own, and not in the sums above.
    if (each['type'] === 'advisor_message')
      facts.others.push({ model: text(each['model']), usage: anthropicUsage(each) })
  }
}
