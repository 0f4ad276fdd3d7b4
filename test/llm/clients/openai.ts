import OpenAI from 'openai'
import { ASK, type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${base}/v1`, maxRetries: 0 })
  const chat = { model: 'gpt-4o', messages: ASK }
  const question = { model: 'gpt-5-mini', input: 'Say something.' }
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
    'chat-runner': async () => {
      const stream = client.chat.completions.stream({ ...chat, stream_options: { include_usage: true } })
      return (await stream.finalChatCompletion()).choices[0]?.message.content ?? ''
    },
    responses: async () => (await client.responses.create(question)).output_text,
    'responses-streamed': async () =>
      joined(await client.responses.create({ ...question, stream: true }), (event) =>
        event.type === 'response.output_text.delta' ? event.delta : ''
      ),
    search: async () => (await client.responses.create({ ...question, tools: [{ type: 'web_search' }] })).output_text,
    flex: async () => (await client.responses.create({ ...question, service_tier: 'flex' })).output_text,
    embeddings: async () => {
      const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] })
      return data.map(({ embedding }) => embedding.length).join()
    },
    images: async () => {
      const { data } = await client.images.generate({ model: 'gpt-image-1', prompt: 'a cat' })
      return Buffer.from(data?.[0]?.b64_json ?? '', 'base64').toString()
    },
  }
}
