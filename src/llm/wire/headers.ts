import type { Usage } from '../call.ts'
import { usageOf } from './facts.ts'
import { amount, tokens } from './json.ts'

type Header = (name: string) => string | undefined

/** USD that LiteLLM says the call cost; null where it does not. */
export function costIn(header: Header): number | null {
  const cost = header('x-litellm-response-cost')
  // It says None where it has no price, and some versions 0 in front of a stream, before anything was used.
  return cost === undefined || cost === '' ? null : amount(cost) || null
}

/** What Bedrock's InvokeModel counts for any model; null where it does not. */
export function usageIn(header: Header): Usage | null {
  const count = (name: string): number => tokens(header(`x-amzn-bedrock-${name}-token-count`))
  if (header('x-amzn-bedrock-input-token-count') === undefined) return null
  const [cached, write5m] = [count('cache-read-input'), count('cache-write-input')]
  return usageOf({ input: count('input') + cached + write5m, cached, write5m, output: count('output') })
}
