import { type Dialect, type Facts, heard, usageOf } from '../facts.ts'
import { isRecord, items, record, text } from '../json.ts'
import type { Doc } from '../sieve.ts'
import { openaiUsage, reportedCost } from '../usages.ts'

/** OpenAI's Responses, as one document or as events. */
export const responses: Dialect = {
  read(doc, facts) {
    if (/^response(\.compaction)?$/.test(text(doc['object']))) {
      takeResponse(doc, facts)
      facts.finished = facts.pending === ''
      return true
    }
    const type = text(doc['type'])
    if (!type.startsWith('response.') || type === 'response.create') return false
    facts.hasEnd = true
    heard(facts, doc['delta'])
    if (isRecord(doc['response'])) takeResponse(doc['response'], facts)
    if (/^response\.(completed|incomplete|failed|cancelled)$/.test(type)) facts.finished = true
    if (type === 'response.failed') facts.failed = true
    return true
  },
}

function takeResponse(response: Doc, facts: Facts): void {
  facts.model = text(response['model']) || facts.model
  facts.tier = text(response['service_tier']) || facts.tier
  const status = text(response['status'])
  const open = status === 'queued' || status === 'in_progress'
  // Only what goes on in the background can be asked for later.
  facts.pending = open && response['background'] === true ? text(response['id']) : ''
  if (status === 'failed') facts.failed = true
  if (!isRecord(response['usage'])) return
  const usage = openaiUsage(response['usage'])
  facts.usage = usageOf({ ...usage, tools: new Map([...usage.tools, ...toolCalls(response)]) })
  facts.reported = reportedCost(response['usage']) ?? facts.reported
}

/** Tools that ran at the provider's: `web_search_call` in the output is one `web_search`. */
function toolCalls(response: Doc): Map<string, number> {
  const found = new Map<string, number>()
  for (const item of items(response['output'])) {
    const name = /^(web_search|file_search|code_interpreter|image_generation)(?:_preview)?_call$/.exec(
      text(record(item)['type'])
    )?.[1]
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + 1)
  }
  return found
}
