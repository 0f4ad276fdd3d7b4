import { type Asked, CREATED, json, modelOf, named, pieces, type Reply, stream } from './shape.ts'

// https://platform.openai.com/docs/api-reference/responses/object and …/responses-streaming: no [DONE] at the end,
// and `usage` is null in every event but the last.

const USAGE = {
  input_tokens: 2000,
  input_tokens_details: { cached_tokens: 1536 },
  output_tokens: 900,
  output_tokens_details: { reasoning_tokens: 640 },
  total_tokens: 2900,
}

/** POST …/responses, JSON or streamed; a `web_search` tool in the request is used twice. */
export function responses(asked: Asked): Reply {
  const tools = (asked.body['tools'] ?? []) as { type?: string }[]
  const searches = tools.some(({ type }) => type === 'web_search') ? 2 : 0
  const output = outputOf(asked.text, searches)
  const answer = (status: string, usage: object | null, items: readonly object[]): object => ({
    ...bodyOf(asked, tools),
    status,
    output: items,
    usage,
  })
  if (asked.body['stream'] !== true) return json(answer('completed', USAGE, output), { 'openai-version': '2020-10-01' })
  let number = 0
  const event = (name: string, body: object): string => named(name, { sequence_number: number++, ...body })
  const frames = [
    event('response.created', { response: answer('in_progress', null, []) }),
    event('response.in_progress', { response: answer('in_progress', null, []) }),
    ...items(event, output, asked.text),
    event('response.completed', { response: answer('completed', USAGE, output) }),
  ]
  return stream(frames, event('error', { code: 'server_error', message: 'The server had an error', param: null }))
}

function bodyOf(asked: Asked, tools: readonly object[]): object {
  const requested = modelOf(asked)
  return {
    id: 'resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b',
    object: 'response',
    created_at: CREATED,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: asked.body['instructions'] ?? null,
    max_output_tokens: null,
    model: requested === 'gpt-5-mini' ? 'gpt-5-mini-2025-08-07' : requested,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: 'medium', summary: null },
    service_tier:
      asked.body['service_tier'] === undefined || asked.body['service_tier'] === 'auto'
        ? 'default'
        : asked.body['service_tier'],
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools,
    top_p: 1,
    truncation: 'disabled',
    user: null,
    metadata: {},
  }
}

function outputOf(text: string, searches: number): object[] {
  return [
    { id: 'rs_67ccd2bf17f0819081ff3bb2cf6508e6', type: 'reasoning', summary: [] },
    ...Array.from({ length: searches }, (_, at) => ({
      id: `ws_67ccd2bf17f0819081ff3bb2cf6508e${at}`,
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'price of tea' },
    })),
    {
      id: 'msg_67ccd2bf17f0819081ff3bb2cf6508e6',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
    },
  ]
}

function items(event: (name: string, body: object) => string, output: readonly object[], text: string): string[] {
  return output.flatMap((item, output_index) => {
    const { type, id } = item as { type: string; id: string }
    const added = event('response.output_item.added', {
      output_index,
      item: { ...item, status: 'in_progress', ...(type === 'message' && { content: [] }) },
    })
    const place = { item_id: id, output_index, content_index: 0 }
    const part = { type: 'output_text', annotations: [], logprobs: [], text: '' }
    const said =
      type === 'message'
        ? [
            event('response.content_part.added', { ...place, part }),
            ...pieces(text).map((delta) =>
              event('response.output_text.delta', { ...place, delta, logprobs: [], obfuscation: 'x7Q' })
            ),
            event('response.output_text.done', { ...place, text, logprobs: [] }),
            event('response.content_part.done', { ...place, part: { ...part, text } }),
          ]
        : []
    return [added, ...said, event('response.output_item.done', { output_index, item })]
  })
}
