/** What is known of an exchange when its provider is asked for. */
export interface Signs {
  readonly host: string
  readonly path: string
  readonly header: (name: string) => string | undefined
}

/** By the end of the host's name; ids as the price list has them, where it knows them. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)api\.openai\.com$/, 'openai'],
  [
    /\.openai\.azure\.(com|us|cn)$|\.(cognitiveservices|services\.ai|models\.ai)\.azure\.com$|\.inference\.ai\.azure\.com$/,
    'azure',
  ],
  [/(^|\.)api\.anthropic\.com$/, 'anthropic'],
  [/(^|\.|-)(generativelanguage|aiplatform)\.googleapis\.com$|^aiplatform\.[a-z.]*googleapis\.com$/, 'google'],
  [/^bedrock-(runtime|mantle)(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)$/, 'bedrock'],
  [/(^|\.)api\.groq\.com$/, 'groq'],
  [/(^|\.)(api|codestral)\.mistral\.ai$/, 'mistral'],
  [/(^|\.)api\.deepseek\.com$/, 'deepseek'],
  [/(^|\.)api\.x\.ai$/, 'x-ai'],
  [/(^|\.)openrouter\.ai$/, 'openrouter'],
  [/(^|\.)api\.cohere\.(com|ai)$/, 'cohere'],
  [/(^|\.)api\.together\.(xyz|ai)$/, 'together'],
  [/(^|\.)api\.fireworks\.ai$/, 'fireworks'],
  [/(^|\.)api\.perplexity\.ai$/, 'perplexity'],
  [/(^|\.)api\.cerebras\.ai$/, 'cerebras'],
  [/(^|\.)api\.moonshot\.(ai|cn)$/, 'moonshotai'],
  [/(^|\.)api\.novita\.ai$/, 'novita'],
  [/(^|\.)api\.voyageai\.com$/, 'voyageai'],
  [/(^|\.)api\.z\.ai$/, 'zai'],
  [/(^|\.)open\.bigmodel\.cn$/, 'zhipuai'],
  [/(^|\.)api\.minimaxi?\.(com|io|chat)$/, 'minimax'],
  [/(^|\.)api\.githubcopilot\.com$/, 'github-copilot'],
  [/^ai-gateway\.vercel\.sh$/, 'vercel'],
]

/** By what the makers' own clients say of themselves. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/^groq\//i, 'groq'],
  [/mistral/i, 'mistral'],
  [/cohere/i, 'cohere'],
  [/^together\//i, 'together'],
  [/^ollama/i, 'ollama'],
  [/google-genai/i, 'google'],
  [/bedrock/i, 'bedrock'],
]

/** By the model, where nothing else tells. */
const MODELS: readonly (readonly [RegExp, string])[] = [
  [
    /^(ft:)?(gpt-(?!oss)|o[134](-|$)|chatgpt|codex|davinci|babbage|text-embedding-(3|ada)|dall-e|whisper-1|tts-1|sora|omni-moderation|text-moderation|computer-use)/,
    'openai',
  ],
  [/^claude/, 'anthropic'],
  [
    /^(us|eu|apac|jp|au|ca|global)\.[a-z]+\.|^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai)\.[a-z]/,
    'bedrock',
  ],
  [/^(gemini|imagen|veo|text-embedding-00|gemini-embedding)/, 'google'],
  [
    /^(mistral-(large|medium|small|saba|ocr|embed|moderation|tiny)|codestral|ministral|magistral|pixtral|devstral|voxtral|open-mi)/,
    'mistral',
  ],
  [/^deepseek-(chat|reasoner)/, 'deepseek'],
  [/^grok-/, 'x-ai'],
  [/^(command|embed-(english|multilingual|v4)|rerank)/, 'cohere'],
  [/^sonar/, 'perplexity'],
  [/^voyage-/, 'voyageai'],
]

/** The provider of a host, by the app's own list or by name; '' for one that nobody knows. */
export function hostProvider(host: string, own: ReadonlyMap<string, string>): string {
  const name = host.replace(/:\d+$/, '')
  return own.get(host) ?? own.get(name) ?? first(HOSTS, name)
}

/** What the headers of a request say; their values are looked at and forgotten, keys not even that. */
export function headerProvider({ header, path }: Signs): string {
  if (header('anthropic-version') !== undefined) return 'anthropic'
  if (header('x-goog-api-key') !== undefined) return 'google'
  if (header('api-key') !== undefined && path.includes('/openai/')) return 'azure'
  const client = header('user-agent') ?? ''
  return first(CLIENTS, client) || (header('x-fern-sdk-name')?.startsWith('cohere') === true ? 'cohere' : '')
}

/** What a name of a model tells; '' where it tells nothing. */
export function modelProvider(model: string): string {
  const slash = model.indexOf('/')
  const maker = slash > 0 ? model.slice(0, slash) : ''
  if (/^(openai|anthropic|google|groq|azure|bedrock|cohere|perplexity|openrouter|ollama)$/.test(maker)) return maker
  return first(MODELS, model)
}

/** The region that a host stands for where regions have prices of their own; else ''. */
export function hostRegion(host: string): string {
  return /^([a-z]{2})\.api\.openai\.com$/.exec(host)?.[1] ?? ''
}

function first(list: readonly (readonly [RegExp, string])[], text: string): string {
  return list.find(([pattern]) => pattern.test(text))?.[1] ?? ''
}
