import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { embed, generateText, streamText } from 'ai'
import type { Calls } from './client.ts'

export function make(base: string): Calls {
  const openai = createOpenAI({ apiKey: 'sk-test', baseURL: `${base}/v1` })
  const anthropic = createAnthropic({ apiKey: 'sk-ant-test', baseURL: `${base}/v1` })
  const ask = { prompt: 'Say something.', maxRetries: 0 }
  const claude = anthropic('claude-haiku-4-5-20251001')
  return {
    responses: async () => (await generateText({ ...ask, model: openai('gpt-5-mini') })).text,
    'responses-streamed': async () => streamText({ ...ask, model: openai('gpt-5-mini') }).text,
    chat: async () => (await generateText({ ...ask, model: openai.chat('gpt-4o') })).text,
    'chat-streamed': async () => streamText({ ...ask, model: openai.chat('gpt-4o') }).text,
    messages: async () => (await generateText({ ...ask, model: claude })).text,
    'messages-streamed': async () => streamText({ ...ask, model: claude }).text,
    embeddings: async () => {
      const { embedding } = await embed({
        model: openai.embedding('text-embedding-3-small'),
        value: 'one',
        maxRetries: 0,
      })
      return String(embedding.length)
    },
  }
}
