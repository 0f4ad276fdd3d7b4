import { Mistral } from '@mistralai/mistralai'
import { ASK, type Calls, joined } from './client.ts'

export function make(base: string): Calls {
  const client = new Mistral({ apiKey: 'test', serverURL: base })
  const chat = { model: 'mistral-medium-2508', messages: ASK }
  return {
    chat: async () => {
      const content = (await client.chat.complete(chat)).choices[0]?.message?.content
      return typeof content === 'string' ? content : ''
    },
    'chat-streamed': async () =>
      joined(await client.chat.stream(chat), ({ data }) => {
        const content = data.choices[0]?.delta.content
        return typeof content === 'string' ? content : ''
      }),
  }
}
