import { GoogleGenAI } from '@google/genai'
import { type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: base } })
  const ask = { model: 'gemini-2.5-flash', contents: 'Say something.' }
  return {
    generate: async () => (await client.models.generateContent(ask)).text ?? '',
    'generate-streamed': async () => joined(await client.models.generateContentStream(ask), (chunk) => chunk.text),
    count: async () => String((await client.models.countTokens(ask)).totalTokens),
  }
}
