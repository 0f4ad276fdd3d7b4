import OpenAI from 'openai4'
import { ASK, type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${base}/v1`, maxRetries: 0 })
  const chat = { model: 'gpt-4o', messages: ASK }
  return {
    chat: async () => (await client.chat.completions.create(chat)).choices[0]?.message.content ?? '',
    'chat-streamed': async () => {
      const stream = await client.chat.completions.create({
        ...chat,
        stream: true,
        stream_options: { include_usage: true },
      })
      return joined(stream, (chunk) => chunk.choices[0]?.delta.content)
    },
    responses: async () =>
      (await client.responses.create({ model: 'gpt-5-mini', input: 'Say something.' })).output_text,
  }
}
