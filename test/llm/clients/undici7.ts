import { fetch, request } from 'undici7'
import { spoken } from './bare.ts'
import { ASK, type Calls } from './client.ts'

export function make(base: string): Calls {
  const url = `${base}/v1/chat/completions`
  const chat = { model: 'gpt-4o', messages: ASK }
  const post = (body: object): { method: 'POST'; headers: Record<string, string>; body: string } => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' },
    body: JSON.stringify(body),
  })
  const streaming = { ...chat, stream: true, stream_options: { include_usage: true } }
  return {
    fetch: async () => {
      const answer = (await (await fetch(url, post(chat))).json()) as { choices: { message: { content: string } }[] }
      return answer.choices[0]?.message.content ?? ''
    },
    'fetch-streamed': async () => spoken(await (await fetch(url, post(streaming))).text()),
    request: async () => {
      const answer = (await (await request(url, post(chat))).body.json()) as {
        choices: { message: { content: string } }[]
      }
      return answer.choices[0]?.message.content ?? ''
    },
    'request-streamed': async () => spoken(await (await request(url, post(streaming))).body.text()),
  }
}
