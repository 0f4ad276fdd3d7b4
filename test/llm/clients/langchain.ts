import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const configuration = { baseURL: `${base}/v1` }
  const model = new ChatOpenAI({ apiKey: 'sk-test', model: 'gpt-4o', configuration, maxRetries: 0 })
  const embedder = new OpenAIEmbeddings({
    apiKey: 'sk-test',
    model: 'text-embedding-3-small',
    configuration,
    maxRetries: 0,
  })
  return {
    chat: async () => (await model.invoke('Say something.')).text,
    'chat-streamed': async () => joined(await model.stream('Say something.'), (chunk) => chunk.text),
    embeddings: async () => String((await embedder.embedQuery('one')).length),
  }
}
