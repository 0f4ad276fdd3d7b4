import { type Asked, json, named, pieces, type Reply, stream } from './shape.ts'

// https://docs.claude.com/en/api/messages and https://docs.claude.com/en/docs/build-with-claude/streaming: `input_tokens`
// leaves out what is read from and written to the cache, and the usage of `message_delta` is cumulative.

/** Without caching; with `cache_control` somewhere in the request, with it. */
function usageOf(asked: Asked): object {
  const cached = JSON.stringify(asked.body).includes('cache_control')
  return {
    input_tokens: cached ? 50 : 640,
    cache_creation_input_tokens: cached ? 2000 : 0,
    cache_read_input_tokens: cached ? 10_000 : 0,
    cache_creation: { ephemeral_5m_input_tokens: cached ? 1500 : 0, ephemeral_1h_input_tokens: cached ? 500 : 0 },
  }
}

const OUTPUT = 400

/** POST …/messages, JSON or streamed. */
export function messages(asked: Asked): Reply {
  const input = usageOf(asked)
  const message = {
    id: 'msg_013Zva2CMHLNnjNjJJKqJ2EF',
    type: 'message',
    role: 'assistant',
    model: asked.body['model'],
    content: [] as object[],
    stop_reason: null as string | null,
    stop_sequence: null,
  }
  const headers = { 'request-id': 'req_018EeWyXxfu5pfWkrYcMdjWG', 'anthropic-organization-id': '0b4ffd9f' }
  if (asked.body['stream'] !== true) {
    const usage = { ...input, output_tokens: OUTPUT, server_tool_use: null, service_tier: 'standard' }
    const content = [{ type: 'text', text: asked.text }]
    return json({ ...message, content, stop_reason: 'end_turn', usage }, headers)
  }
  const trouble = named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })
  return stream(frames(asked, input, message), trouble, headers)
}

function frames(asked: Asked, input: object, message: object): string[] {
  const { cache_creation: _, ...sums } = input as { cache_creation: object }
  return [
    named('message_start', {
      message: { ...message, usage: { ...input, output_tokens: 4, service_tier: 'standard' } },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('ping', {}),
    ...pieces(asked.text).map((text) =>
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
    ),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { ...sums, output_tokens: OUTPUT },
    }),
    named('message_stop', {}),
  ]
}

/** POST …/messages/count_tokens: a question about a call, none itself. */
export function countTokens(): Reply {
  return json({ input_tokens: 640 })
}
