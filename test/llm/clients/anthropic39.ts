import Anthropic from 'anthropic39'
import { type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new Anthropic({ apiKey: 'sk-ant-test', baseURL: base, maxRetries: 0 })
  const ask = {
    model: 'claude-haiku-4-5-20251001',
    max_tokens: 1024,
    messages: [{ role: 'user' as const, content: 'Say something.' }],
  }
  return {
    messages: async () =>
      (await client.messages.create(ask)).content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    'messages-streamed': async () =>
      joined(await client.messages.create({ ...ask, stream: true }), (event) =>
        event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : ''
      ),
  }
}
