import OpenAI from 'openai'
import { ASK, type Calls, joined } from './client.ts'

/** Who else speaks OpenAI's language, each at its own path. */
export function make(base: string): Calls {
  const at = (path: string): OpenAI => new OpenAI({ apiKey: 'test', baseURL: `${base}${path}`, maxRetries: 0 })
  const [openrouter, xai] = [at('/api/v1'), at('/v1')]
  const once = (client: OpenAI, model: string) => async () =>
    (await client.chat.completions.create({ model, messages: ASK })).choices[0]?.message.content ?? ''
  const streamed = (client: OpenAI, model: string) => async () =>
    joined(
      await client.chat.completions.create({
        model,
        messages: ASK,
        stream: true,
        stream_options: { include_usage: true },
      }),
      (chunk) => chunk.choices[0]?.delta.content
    )
  return {
    openrouter: once(openrouter, 'openai/gpt-4o'),
    'openrouter-streamed': streamed(openrouter, 'openai/gpt-4o'),
    xai: once(xai, 'grok-3'),
    'xai-streamed': streamed(xai, 'grok-3'),
  }
}
