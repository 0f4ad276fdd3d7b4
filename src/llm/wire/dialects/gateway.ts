import { type Dialect, heard, usageOf } from '../facts.ts'
import { amount, isRecord, record, text, tokens } from '../json.ts'
import type { Doc } from '../sieve.ts'

/** The gateway that the AI SDK calls when a model is given as a text; it reports what it charges. */
export const gateway: Dialect = {
  read(doc, facts, { route, stream }) {
    if (!route.path.endsWith('-model')) return false
    const finish = text(doc['type']) === 'finish'
    if (stream && !finish) {
      heard(facts, doc['delta'])
      facts.hasEnd = true
      return text(doc['type']) !== ''
    }
    if (!isRecord(doc['usage'])) return false
    facts.provider = 'vercel'
    facts.usage = usageOf(partsOf(doc['usage']))
    const cost = record(record(doc['providerMetadata'])['gateway'])['cost']
    if (cost !== undefined && Number.isFinite(Number(cost))) facts.reported = amount(cost)
    facts.finished = true
    return true
  },
}

/** Of the third language model specification (objects) and the second (numbers); of embeddings (`tokens`). */
function partsOf(usage: Doc): Parameters<typeof usageOf>[0] {
  const [input, output] = [usage['inputTokens'], usage['outputTokens']]
  const [ins, outs] = [record(input), record(output)]
  return {
    input: tokens(isRecord(input) ? ins['total'] : (input ?? usage['tokens'])),
    cached: tokens(isRecord(input) ? ins['cacheRead'] : usage['cachedInputTokens']),
    write5m: tokens(ins['cacheWrite']),
    output: tokens(isRecord(output) ? outs['total'] : output),
    reasoning: tokens(isRecord(output) ? outs['reasoning'] : usage['reasoningTokens']),
  }
}
