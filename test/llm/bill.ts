/** What one call must be counted as. */
export interface Line {
  readonly provider: string
  readonly model: string
  /** By type, without those that are 0. */
  readonly tokens: Readonly<Record<string, number>>
  readonly usd: number
}

// Prices in USD per million tokens, as the providers publish them, times the fixed tokens of the test server.
// OpenAI: https://platform.openai.com/docs/pricing · Anthropic: https://docs.claude.com/en/docs/about-claude/pricing
// Google: https://ai.google.dev/gemini-api/docs/pricing · Groq: https://groq.com/pricing · Mistral:
// https://mistral.ai/pricing · xAI: https://docs.x.ai/docs/models · Azure: the same as OpenAI's for Global deployments.

/** gpt-4o: 2.50 in, 1.25 cached, 10 out. 176 × 2.50 + 1,024 × 1.25 + 300 × 10 = 440 + 1,280 + 3,000 = 4,720. */
const gpt4o: Line = {
  provider: 'openai',
  model: 'gpt-4o-2024-08-06',
  tokens: { input: 176, cached: 1024, output: 300 },
  usd: 0.00472,
}

/** gpt-5-mini: 0.25 in, 0.025 cached, 2 out. 464 × 0.25 + 1,536 × 0.025 + 900 × 2 = 116 + 38.4 + 1,800 = 1,954.4. */
const gpt5mini: Line = {
  provider: 'openai',
  model: 'gpt-5-mini-2025-08-07',
  tokens: { input: 464, cached: 1536, output: 260, reasoning: 640 },
  usd: 0.0019544,
}

/** Two web searches at 10 per 1,000: 0.02 more. */
const search: Line = { ...gpt5mini, usd: 0.0219544 }

/** The flex tier is half of it: 977.2. */
const flex: Line = { ...gpt5mini, usd: 0.0009772 }

/** text-embedding-3-small: 0.02. 1,000 × 0.02 = 20. */
const embedding: Line = { provider: 'openai', model: 'text-embedding-3-small', tokens: { input: 1000 }, usd: 0.00002 }

/** gpt-image-1: text 5 in, images 40 out. 50 × 5 + 1,056 × 40 = 250 + 42,240 = 42,490. */
const image: Line = { provider: 'openai', model: 'gpt-image-1', tokens: { input: 50, output: 1056 }, usd: 0.04249 }

/** gpt-4o on Azure: 2,000 × 2.50 + 500 × 10 = 5,000 + 5,000 = 10,000. */
const azure: Line = {
  provider: 'azure',
  model: 'gpt-4o-2024-11-20',
  tokens: { input: 2000, output: 500 },
  usd: 0.01,
}

/** Claude Haiku 4.5: 1 in, 5 out. 640 × 1 + 400 × 5 = 640 + 2,000 = 2,640. */
const haiku: Line = {
  provider: 'anthropic',
  model: 'claude-haiku-4-5-20251001',
  tokens: { input: 640, output: 400 },
  usd: 0.00264,
}

/**
 * Claude Haiku 4.5: 1 in, 1.25 and 2 written to the cache for 5 minutes and an hour, 0.10 read from it, 5 out.
 * 50 × 1 + 1,500 × 1.25 + 500 × 2 + 10,000 × 0.10 + 400 × 5 = 50 + 1,875 + 1,000 + 1,000 + 2,000 = 5,925.
 */
const cachedHaiku: Line = {
  ...haiku,
  tokens: { input: 50, cached: 10_000, cache_write: 2000, output: 400 },
  usd: 0.005925,
}

/** Gemini 2.5 Flash: 0.30 in, 2.50 out, thoughts on top. 800 × 0.30 + (200 + 300) × 2.50 = 240 + 1,250 = 1,490. */
const flash: Line = {
  provider: 'google',
  model: 'gemini-2.5-flash',
  tokens: { input: 800, output: 200, reasoning: 300 },
  usd: 0.00149,
}

/** Llama 3.3 70B on Groq: 0.59 in, 0.79 out. 500 × 0.59 + 100 × 0.79 = 295 + 79 = 374. */
const llama: Line = {
  provider: 'groq',
  model: 'llama-3.3-70b-versatile',
  tokens: { input: 500, output: 100 },
  usd: 0.000374,
}

/** Mistral Medium 3.1: 0.40 in, 2 out. 400 × 0.40 + 120 × 2 = 160 + 240 = 400. */
const medium: Line = {
  provider: 'mistral',
  model: 'mistral-medium-2508',
  tokens: { input: 400, output: 120 },
  usd: 0.0004,
}

/** OpenRouter says itself what a call cost. */
const openrouter: Line = {
  provider: 'openrouter',
  model: 'openai/gpt-4o',
  tokens: { input: 194, output: 40 },
  usd: 0.000885,
}

/** Grok 3: 3 in, 0.75 cached, 15 out, reasoning on top. 400 × 3 + 600 × 0.75 + 500 × 15 = 1,200 + 450 + 7,500 = 9,150. */
const grok: Line = {
  provider: 'x-ai',
  model: 'grok-3',
  tokens: { input: 400, cached: 600, output: 100, reasoning: 400 },
  usd: 0.00915,
}

/** A gateway's word in a header wins over any price list. */
export const REPORTED = 0.0123

/** The calls of each client, and what each must be counted as; null: it is no call of a model. */
export const BILL: Readonly<Record<string, Readonly<Record<string, Line | null>>>> = {
  openai: {
    chat: gpt4o,
    'chat-streamed': gpt4o,
    'chat-runner': gpt4o,
    responses: gpt5mini,
    'responses-streamed': gpt5mini,
    search,
    flex,
    embeddings: embedding,
    images: image,
  },
  openai4: { chat: gpt4o, 'chat-streamed': gpt4o, responses: gpt5mini },
  azure: { chat: azure, 'chat-streamed': azure },
  gateways: { openrouter, 'openrouter-streamed': openrouter, xai: grok, 'xai-streamed': grok },
  anthropic: {
    messages: haiku,
    'messages-streamed': haiku,
    cached: cachedHaiku,
    'cached-streamed': cachedHaiku,
    count: null,
  },
  anthropic39: { messages: haiku, 'messages-streamed': haiku },
  ai: {
    responses: gpt5mini,
    'responses-streamed': gpt5mini,
    chat: gpt4o,
    'chat-streamed': gpt4o,
    messages: haiku,
    'messages-streamed': haiku,
    embeddings: embedding,
  },
  google: { generate: flash, 'generate-streamed': flash, count: null },
  groq: { chat: llama, 'chat-streamed': llama },
  mistral: { chat: medium, 'chat-streamed': medium },
  langchain: { chat: gpt4o, 'chat-streamed': gpt4o, embeddings: embedding },
  bare: {
    fetch: gpt4o,
    'fetch-streamed': gpt4o,
    axios: gpt4o,
    'axios-streamed': gpt4o,
    http: gpt4o,
    'http-streamed': gpt4o,
  },
  undici: { fetch: gpt4o, 'fetch-streamed': gpt4o, request: gpt4o, 'request-streamed': gpt4o },
  undici7: { fetch: gpt4o, 'fetch-streamed': gpt4o, request: gpt4o, 'request-streamed': gpt4o },
}
