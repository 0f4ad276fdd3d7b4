import { type Asked, data, json, pieces, type Reply, stream } from './shape.ts'

// https://ai.google.dev/api/generate-content: `thoughtsTokenCount` comes on top of `candidatesTokenCount`; a stream has
// usageMetadata in every chunk, of which the last holds; frames end in CRLF; without alt=sse it is one JSON array.

const PROMPT = 800
const THOUGHTS = 300
const CANDIDATES = 200

function usage(thoughts: number, candidates: number): object {
  return {
    promptTokenCount: PROMPT,
    ...(candidates > 0 && { candidatesTokenCount: candidates }),
    totalTokenCount: PROMPT + thoughts + candidates,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: PROMPT }],
    thoughtsTokenCount: thoughts,
  }
}

function chunk(model: string, text: string, usageMetadata: object, finishReason?: string): object {
  return {
    candidates: [
      { content: { parts: [{ text }], role: 'model' }, ...(finishReason !== undefined && { finishReason }), index: 0 },
    ],
    usageMetadata,
    modelVersion: model,
    responseId: 'kSghaYuQMsTnz7IPucDSkQs',
  }
}

/** POST …/models/<model>:generateContent, :streamGenerateContent and :countTokens. */
export function gemini(asked: Asked): Reply {
  const [, model = '', method = ''] = /\/models\/([^/:]+):(\w+)$/.exec(asked.path) ?? []
  if (method === 'countTokens') return json({ totalTokens: PROMPT })
  if (method === 'generateContent') return json(chunk(model, asked.text, usage(THOUGHTS, CANDIDATES), 'STOP'))
  const said = pieces(asked.text)
  const chunks = said.map((text, at) => {
    const last = at === said.length - 1
    return chunk(model, text, usage(THOUGHTS, last ? CANDIDATES : at * 3), last ? 'STOP' : undefined)
  })
  const trouble = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }
  if (asked.query.get('alt') === 'sse') {
    const crlf = (body: object): string => data(body).replaceAll('\n', '\r\n')
    return { ...stream(chunks.map(crlf), crlf(trouble)), type: 'text/event-stream' }
  }
  const frames = chunks.map((one, at) => `${at === 0 ? '[' : ',\r\n'}${JSON.stringify(one, null, 2)}`)
  return { type: 'application/json; charset=UTF-8', frames: [...frames, ']'] }
}
