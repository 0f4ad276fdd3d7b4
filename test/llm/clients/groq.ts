import Groq from 'groq-sdk'
import { ASK, type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new Groq({ apiKey: 'gsk_test', baseURL: base, maxRetries: 0 })
  const chat = { model: 'llama-3.3-70b-versatile', messages: ASK }
  return {
    chat: async () => (await client.chat.completions.create(chat)).choices[0]?.message.content ?? '',
    'chat-streamed': async () =>
      joined(
        await client.chat.completions.create({ ...chat, stream: true }),
        (chunk) => chunk.choices[0]?.delta.content
      ),
  }
}
