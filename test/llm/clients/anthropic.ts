import Anthropic from '@anthropic-ai/sdk'
import { type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new Anthropic({ apiKey: 'sk-ant-test', baseURL: base, maxRetries: 0 })
  const ask = {
    model: 'claude-haiku-4-5-20251001',
    max_tokens: 1024,
    messages: [{ role: 'user' as const, content: 'Say something.' }],
  }
  const cached = {
    ...ask,
    system: [{ type: 'text' as const, text: 'A long preamble.', cache_control: { type: 'ephemeral' as const } }],
  }
  const textOf = (content: readonly { type: string; text?: string }[]): string =>
    content.map(({ text }) => text).join('')
  return {
    messages: async () => textOf((await client.messages.create(ask)).content),
    'messages-streamed': async () =>
      joined(await client.messages.create({ ...ask, stream: true }), (event) =>
        event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : ''
      ),
    cached: async () => textOf((await client.messages.create(cached)).content),
    'cached-streamed': async () => client.messages.stream(cached).finalText(),
    count: async () =>
      String((await client.messages.countTokens({ model: ask.model, messages: ask.messages })).input_tokens),
  }
}
