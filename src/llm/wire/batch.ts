import type { Call } from '../call.ts'
import type { Begun } from './begun.ts'
import { noFacts } from './facts.ts'
import { isRecord, record, tokens } from './json.ts'
import { readAnswer } from './reading.ts'
import { callsOf, unseen } from './report.ts'
import type { Doc } from './sieve.ts'

/**
 * The call of one line of a batch's results: Anthropic's `{custom_id, result: {type, message}}`, OpenAI's
 * `{custom_id, response: {status_code, body}}`; undefined for what is neither.
 */
export function resultOf(doc: Doc, begun: Begun): Call | undefined {
  const { result, response } = doc
  if (typeof doc['custom_id'] !== 'string') return undefined
  const body = isRecord(result) ? result['message'] : isRecord(response) ? response['body'] : undefined
  const status = isRecord(response) ? tokens(response['status_code']) : 0
  if (!isRecord(body)) return undefined
  const facts = noFacts()
  const route = { ...begun.route, operation: operationOf(body), streams: false }
  if (!readAnswer(body, facts, { route, stream: false, choices: 1 })) return undefined
  const seen = { ...unseen(), status: status || 200, read: true }
  const [call] = callsOf({ ...begun, route }, seen, { ...facts, finished: true }, 'whole', -1)
  return call && { ...call, tier: 'batch' }
}

function operationOf(body: Doc): string {
  return body['object'] === 'list' && record(body['usage'])['prompt_tokens'] !== undefined ? 'embeddings' : 'chat'
}
