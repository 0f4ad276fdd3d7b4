/** What SDKs, gateways and OpenTelemetry call the providers of the table. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['bedrock', 'aws'],
  ['aws_bedrock', 'aws'],
  ['aws.bedrock', 'aws'],
  ['amazon-bedrock', 'aws'],
  ['amazon', 'aws'],
  ['xai', 'x-ai'],
  ['x_ai', 'x-ai'],
  ['gemini', 'google'],
  ['vertex', 'google'],
  ['vertex_ai', 'google'],
  ['vertexai', 'google'],
  ['google_genai', 'google'],
  ['gcp.gemini', 'google'],
  ['gcp.vertex_ai', 'google'],
  ['azure_openai', 'azure'],
  ['azure-openai', 'azure'],
  ['azure_ai', 'azure'],
  ['az.ai.openai', 'azure'],
  ['azure.ai.openai', 'azure'],
  ['mistralai', 'mistral'],
  ['mistral_ai', 'mistral'],
  ['moonshot', 'moonshotai'],
  ['moonshot_ai', 'moonshotai'],
  ['together_ai', 'together'],
  ['together-ai', 'together'],
  ['togetherai', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['fireworks-ai', 'fireworks'],
  ['voyage', 'voyageai'],
  ['pplx', 'perplexity'],
])

/**
 * Names that one vendor alone gives to models of its own API. Open models that anybody may serve are not here: who
 * runs one on a machine of his own pays nothing for it.
 */
const OWN: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-(?!oss)|chatgpt-|o[134](?:-|$)|text-embedding-(?:3|ada)|dall-e-|whisper-1$|tts-1|ft:|codex-mini)/, 'openai'],
  [/^(?:omni|text)-moderation|^computer-use-preview/, 'openai'],
  [/^(?:[a-z]+\.)?(?:anthropic|amazon|meta|writer)\.[a-z]/, 'aws'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'google'],
  [/^grok-/, 'x-ai'],
  [/^(?:mistral-(?:tiny|small|medium|large)|open-mi[sx]tral|codestral|magistral|devstral|ministral|pixtral|voxtral)/, 'mistral'],
  [/^mistral-(?:embed|ocr|saba|moderation)/, 'mistral'],
  [/^deepseek-(?:chat|reasoner|v4-(?:flash|pro))$/, 'deepseek'],
  [/^llama-?3.*-(?:versatile|instant|specdec)$/, 'groq'],
  [/^sonar(?:-|$)/, 'perplexity'],
  [/^command-(?:a|r)/, 'cohere'],
  [/^voyage-/, 'voyageai'],
] // prettier-ignore

/** The table's name of a provider. */
export function providerOf(name: string): string {
  const known = name.trim().toLowerCase()
  return ALIASES.get(known) ?? known
}

/** Whose model it must be, by its name; undefined where many may serve it. */
export function vendorOf(model: string): string | undefined {
  return OWN.find(([pattern]) => pattern.test(model))?.[1]
}

/** A model's name as prices list it: without the paths and resource names of clouds, without the owner of a fine-tune. */
export function modelOf(name: string): string {
  const bare = name
    .trim()
    .toLowerCase()
    .slice(0, 256)
    .replace(/^arn:[^/]*\//, '')
    .replace(/^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/)?models\//, '')
  if (bare.startsWith('ft:')) return bare.split(':', 2).join(':')
  // Azure's spelling of a fine-tune.
  const [, tuned] = /^([^/]+)\.ft-[0-9a-f]{6,}/.exec(bare) ?? []
  return tuned === undefined ? bare : `ft:${tuned}`
}

/** `openai/gpt-4o` of a gateway as the provider and the model; undefined for other names. */
export function gatewayed(model: string): readonly [string, string] | undefined {
  const at = model.indexOf('/')
  return at > 0 ? [providerOf(model.slice(0, at)), model.slice(at + 1)] : undefined
}
