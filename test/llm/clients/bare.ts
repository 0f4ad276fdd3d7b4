import { request as ask } from 'node:http'
import axios from 'axios'
import { ASK, type Calls } from './client.ts'

interface Answer {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
}

/** What apps use that take no SDK; each asks for JSON, streamed it is read as text. */
export function make(base: string): Calls {
  const url = `${base}/v1/chat/completions`
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const body = JSON.stringify({ model: 'gpt-4o', messages: ASK })
  const streaming = JSON.stringify({
    model: 'gpt-4o',
    messages: ASK,
    stream: true,
    stream_options: { include_usage: true },
  })
  const said = (answer: unknown): string => (answer as Answer).choices[0]?.message.content ?? ''
  return {
    fetch: async () => said(await (await fetch(url, { method: 'POST', headers, body })).json()),
    'fetch-streamed': async () => spoken(await (await fetch(url, { method: 'POST', headers, body: streaming })).text()),
    axios: async () => said((await axios.post<unknown>(url, body, { headers })).data),
    'axios-streamed': async () =>
      spoken((await axios.post<string>(url, streaming, { headers, responseType: 'text' })).data),
    http: async () => said(JSON.parse(await overHttp(url, headers, body))),
    'http-streamed': async () => spoken(await overHttp(url, headers, streaming)),
  }
}

/** What the pieces of an OpenAI stream say together. */
export function spoken(text: string): string {
  return [...text.matchAll(/^data: (\{.*\})$/gm)]
    .map((match) => JSON.parse(match[1]!) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('')
}

async function overHttp(url: string, headers: Record<string, string>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = ask(url, { method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(text)).on('error', reject)
    })
    request.on('error', reject).end(body)
  })
}
