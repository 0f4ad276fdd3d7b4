import { type Dialect, heard, usageOf } from '../facts.ts'
import { has, record, text, tokens } from '../json.ts'

/** Ollama's own interface: lines of JSON, the last of which counts. */
export const ollama: Dialect = {
  read(doc, facts, { route }) {
    const counted = has(doc, 'eval_count') || has(doc, 'prompt_eval_count')
    const speaks = typeof doc['done'] === 'boolean' && text(doc['model']) !== ''
    const embeds = route.operation === 'embeddings' && doc['embeddings'] === true && text(doc['model']) !== ''
    if (!counted && !speaks && !embeds) return false
    facts.provider = 'ollama'
    facts.model = text(doc['model']) || facts.model
    facts.hasEnd = !embeds
    heard(facts, doc['response'] ?? record(doc['message'])['content'])
    if (counted) facts.usage = usageOf({ input: tokens(doc['prompt_eval_count']), output: tokens(doc['eval_count']) })
    facts.finished = doc['done'] !== false
    facts.ended = facts.finished
    return true
  },
}
