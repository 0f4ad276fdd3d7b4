import { AzureOpenAI } from 'openai'
import { ASK, type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new AzureOpenAI({
    apiKey: 'test',
    endpoint: base,
    deployment: 'my-prod-gpt4o',
    apiVersion: '2024-10-21',
    maxRetries: 0,
  })
  const chat = { model: 'my-prod-gpt4o', messages: ASK }
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
  }
}
