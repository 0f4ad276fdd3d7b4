import { type Asked, CREATED, data, json, modelOf, pieces, type Reply, stream } from './shape.ts'

// https://platform.openai.com/docs/api-reference/chat/object and …/chat-streaming
// https://learn.microsoft.com/azure/ai-foundry/openai/reference (paths, prompt_filter_results in front of a stream)
// https://console.groq.com/docs/api-reference#chat (x_groq.usage in the last chunk, usage with times)
// https://docs.mistral.ai/api/#tag/chat (usage in the last chunk, unasked)
// https://openrouter.ai/docs/use-cases/usage-accounting and …/api-reference/streaming (comments; usage.cost in USD)
// https://api-docs.deepseek.com/api/create-chat-completion (prompt_cache_hit_tokens)
// https://docs.x.ai/docs/guides/reasoning (completion_tokens without reasoning_tokens; total_tokens is all three)
// https://docs.litellm.ai/docs/proxy/cost_tracking (x-litellm-response-cost)

type Dialect = 'openai' | 'azure' | 'groq' | 'mistral' | 'openrouter' | 'deepseek' | 'xai'

/** Models that answer under the name of a snapshot. */
const SNAPSHOT: Readonly<Record<string, string>> = {
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
}

function dialectOf(path: string, model: string): Dialect {
  if (path.includes('/openai/deployments/')) return 'azure'
  if (path.startsWith('/openai/v1/')) return 'groq'
  if (path.startsWith('/api/v1/')) return 'openrouter'
  if (/^(mistral|codestral|ministral|magistral)/.test(model)) return 'mistral'
  if (model.startsWith('deepseek')) return 'deepseek'
  return model.startsWith('grok') ? 'xai' : 'openai'
}

/** Token counts are fixed, so that what a call costs can be worked out by hand. */
const USAGE: Readonly<Record<Dialect, object>> = {
  openai: usage(1200, 1024, 300, 0),
  azure: usage(2000, 0, 500, 0),
  groq: {
    queue_time: 0.018,
    prompt_tokens: 500,
    prompt_time: 0.004,
    completion_tokens: 100,
    completion_time: 0.31,
    total_tokens: 600,
    total_time: 0.314,
  },
  mistral: { prompt_tokens: 400, total_tokens: 520, completion_tokens: 120 },
  openrouter: {
    prompt_tokens: 194,
    completion_tokens: 40,
    total_tokens: 234,
    cost: 0.000885,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    cost_details: { upstream_inference_cost: null },
    completion_tokens_details: { reasoning_tokens: 0, image_tokens: 0 },
  },
  deepseek: {
    ...usage(1500, 1000, 200, 0),
    prompt_cache_hit_tokens: 1000,
    prompt_cache_miss_tokens: 500,
  },
  xai: {
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1500,
    prompt_tokens_details: { text_tokens: 1000, audio_tokens: 0, image_tokens: 0, cached_tokens: 600 },
    completion_tokens_details: {
      reasoning_tokens: 400,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
  },
}

function usage(prompt: number, cached: number, completion: number, reasoning: number): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** POST …/chat/completions in the dialect that path and model speak of. */
export function chat(asked: Asked): Reply {
  const requested = modelOf(asked)
  const dialect = dialectOf(asked.path, requested)
  const model = dialect === 'azure' ? 'gpt-4o-2024-11-20' : (SNAPSHOT[requested] ?? requested)
  const headers = headersOf(dialect, asked)
  const plain = asked.body['stream'] !== true
  const head = {
    id: dialect === 'openrouter' ? 'gen-1763807400-abc' : 'chatcmpl-C9MBs8CjcvOU2jLn4n570S5qMJKcT',
    object: plain ? 'chat.completion' : 'chat.completion.chunk',
    created: CREATED,
    model,
    ...(dialect === 'openrouter' && { provider: 'OpenAI' }),
    ...(dialect === 'openai' && { service_tier: tierOf(asked.body['service_tier']) }),
    system_fingerprint: 'fp_f7584cf4f1',
  }
  return plain ? json(whole(dialect, head, asked.text), headers) : streamed(dialect, head, asked, headers)
}

// "auto" is answered with what was used: https://platform.openai.com/docs/api-reference/chat/create#service_tier
function tierOf(asked: unknown): unknown {
  return asked === undefined || asked === 'auto' ? 'default' : asked
}

function headersOf(dialect: Dialect, asked: Asked): Record<string, string> {
  const headers: Record<string, string> = { 'x-request-id': 'req_8f5d3c1b' }
  if (dialect === 'openai') {
    headers['openai-processing-ms'] = '412'
    headers['openai-version'] = '2020-10-01'
    headers['openai-organization'] = 'acme'
  }
  if (dialect === 'azure') headers['x-ms-region'] = 'Sweden Central'
  if (dialect === 'groq') headers['x-groq-region'] = 'dls'
  if (asked.cost !== undefined) {
    headers['x-litellm-response-cost'] = String(asked.cost)
    headers['x-litellm-model-id'] = 'a1b2c3'
  }
  return headers
}

function whole(dialect: Dialect, head: object, text: string): object {
  return {
    ...head,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: USAGE[dialect],
    ...(dialect === 'groq' && { x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w' } }),
  }
}

function streamed(dialect: Dialect, head: object, asked: Asked, headers: Record<string, string>): Reply {
  const options = asked.body['stream_options'] as { include_usage?: boolean } | undefined
  const wanted = options?.include_usage === true
  const onEach = wanted && dialect !== 'groq' && dialect !== 'mistral' ? { usage: null } : {}
  const chunk = (delta: object, finish: string | null = null, more: object = {}): string =>
    data({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...onEach, ...more })
  const said = pieces(asked.text).map((content) => chunk({ content }, null, { obfuscation: 'aGVsbG8' }))
  return stream(
    [...opening(dialect, head, chunk), ...said, ...closing(dialect, head, chunk, wanted), 'data: [DONE]\n\n'],
    data({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } }),
    headers
  )
}

type Chunk = (delta: object, finish?: string | null, more?: object) => string

function opening(dialect: Dialect, head: object, chunk: Chunk): string[] {
  const first = chunk(
    { role: 'assistant', content: '', refusal: null },
    null,
    dialect === 'groq' ? { x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w' } } : {}
  )
  if (dialect === 'openrouter') return [': OPENROUTER PROCESSING\n\n', ': OPENROUTER PROCESSING\n\n', first]
  if (dialect !== 'azure') return [first]
  return [data({ ...head, choices: [], model: '', prompt_filter_results: [{ prompt_index: 0 }] }), first]
}

function closing(dialect: Dialect, head: object, chunk: Chunk, wanted: boolean): string[] {
  const used = USAGE[dialect]
  if (dialect === 'groq') return [chunk({}, 'stop', { x_groq: { id: 'req_01jbd6g2qdfw2adyrt2az8hz4w', usage: used } })]
  if (dialect === 'mistral') return [chunk({ content: '' }, 'stop', { usage: used })]
  if (dialect === 'openrouter')
    return [chunk({}, 'stop'), chunk({ role: 'assistant', content: '' }, null, { usage: used })]
  return [chunk({}, 'stop'), ...(wanted ? [data({ ...head, choices: [], usage: used })] : [])]
}

/** POST …/embeddings: 1,000 tokens. */
export function embeddings(asked: Asked): Reply {
  const inputs = Array.isArray(asked.body['input']) ? asked.body['input'] : [asked.body['input']]
  const vector = [0.0023064255, -0.009327292, 0.015797347]
  // The SDKs ask for base64 and decode it themselves.
  const embedding =
    asked.body['encoding_format'] === 'base64'
      ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
      : vector
  return json({
    object: 'list',
    data: inputs.map((_input, index) => ({ object: 'embedding', index, embedding })),
    model: asked.body['model'],
    usage: { prompt_tokens: 1000, total_tokens: 1000 },
  })
}

/** POST …/images/generations of the gpt-image models, https://platform.openai.com/docs/api-reference/images/object */
export function images(asked: Asked): Reply {
  return json({
    created: CREATED,
    background: 'opaque',
    data: [{ b64_json: Buffer.from(asked.text).toString('base64') }],
    output_format: 'png',
    quality: 'medium',
    size: '1024x1024',
    usage: {
      input_tokens: 50,
      input_tokens_details: { image_tokens: 0, text_tokens: 50 },
      output_tokens: 1056,
      total_tokens: 1106,
    },
  })
}
