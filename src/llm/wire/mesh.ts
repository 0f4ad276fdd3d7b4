import { Keys } from './keys.ts'
import type { Mesh } from './keys.ts'

const value: Mesh = { keep: 'value' }
const mark: Mesh = { keep: 'mark' }
const size: Mesh = { keep: 'size' }
const count: Mesh = { keep: 'count' }
const list = (items: Mesh): Mesh => ({ items })
const keys = (fields: Readonly<Record<string, Mesh>>): Mesh => ({ keys: new Keys(fields) })
/** The same where it is an object, its size where it is a text. */
const orSize = (mesh: Mesh): Mesh => ({ ...mesh, keep: 'size' })
const all = (names: string, mesh: Mesh): Record<string, Mesh> =>
  Object.fromEntries(names.split(' ').map((name) => [name, mesh]))

// What a model says has no name here but under `size`: not even for a moment is a text of a prompt or an answer held.
const said = all('content reasoning reasoning_content refusal text thinking partial_json arguments', size)
const called = {
  tool_calls: list(keys({ function: keys({ arguments: size }) })),
  function_call: keys({ arguments: size }),
}
const spoken = keys({ ...said, ...called })

const body: Readonly<Record<string, Mesh>> = {
  ...all('type object id model modelVersion model_version status service_tier serviceTier background', value),
  ...all('usage usageMetadata usage_metadata usage_info meta provider duration seconds stop_reason', value),
  error: { ...keys({ ...all('type code status', value), message: mark }), keep: 'mark' },
  content: mark,
  // OpenAI's Chat Completions and those like it; images and embeddings; moderations
  choices: list(keys({ finish_reason: value, text: size, delta: spoken, message: spoken })),
  x_groq: keys({ usage: value }),
  data: count,
  // Responses, and Converse
  output: list(keys({ type: value, content: list(keys({ text: size })) })),
  // Gemini
  candidates: list(
    keys({
      finishReason: value,
      groundingMetadata: keys({ webSearchQueries: count }),
      content: keys({ parts: list(keys({ text: size })) }),
    })
  ),
}

/** What is read of an answer, whoever gives it: one document, or one event of a stream. */
export const ANSWER: Mesh = keys({
  ...body,
  event_type: value,
  custom_id: value,
  // Anthropic's message_start, Cohere's events, Ollama's messages
  message: keys({ ...all('type model usage stop_reason', value), content: size, thinking: size }),
  delta: orSize(keys({ ...said, usage: value, stop_reason: value, message: keys({ content: keys({ text: size }) }) })),
  text: size,
  // Events of Responses and of Cohere; a text of Ollama's; a result of a batch of OpenAI's
  response: orSize(keys({ ...body, status_code: value, body: keys(body) })),
  result: keys({ type: value, message: keys(body) }),
  item: keys({ type: value }),
  interaction: keys({ model: value, usage: value, status: value }),
  // Vertex
  predictions: list(keys({ embeddings: keys({ statistics: value }) })),
  metadata: keys({ billableCharacterCount: value, usage: value }),
  ...all('embedding embeddings', mark),
  // Bedrock: models of Amazon, Meta, and what InvokeModel adds to a stream
  contentBlockDelta: keys({ delta: keys({ text: size }) }),
  results: list(keys({ tokenCount: value })),
  ...all('inputTextTokenCount prompt_token_count generation_token_count', value),
  'amazon-bedrock-invocationMetrics': value,
  // Ollama
  ...all('done prompt_eval_count eval_count', value),
  // The gateway of the AI SDK
  finishReason: value,
  providerMetadata: keys({ gateway: keys({ cost: value }) }),
})

/** What is read of a frame that holds a document as base64. */
export const CHUNK: Mesh = keys({ bytes: value })

/** What is read of a request. */
export const REQUEST: Mesh = keys({
  ...all('model stream service_tier background n speed inference_geo seconds modelId', value),
  ...all('messages input prompt contents content instances texts documents query inputText requests', mark),
})
