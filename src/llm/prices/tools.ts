/** What a provider takes for its own tools, USD per thousand; what is billed by time or by tokens of its own is not here. */
interface Fee {
  readonly owner: string
  readonly tool: string
  readonly usd: number
  readonly source: string
  readonly date: string
}

const OPENAI = 'https://developers.openai.com/api/docs/pricing'
const CLAUDE = 'https://platform.claude.com/docs/en/about-claude/pricing'
const XAI = 'https://docs.x.ai/developers/pricing'

/** Fees of tools; 0 where only the tokens are billed. */
export const FEES: readonly Fee[] = [
  { owner: 'openai', tool: 'web_search', usd: 10, source: OPENAI, date: '2026-11-23' },
  { owner: 'openai', tool: 'file_search', usd: 2.5, source: OPENAI, date: '2026-11-23' },
  { owner: 'openai', tool: 'computer_use', usd: 0, source: OPENAI, date: '2026-11-23' },
  { owner: 'openai', tool: 'computer', usd: 0, source: OPENAI, date: '2026-11-23' },
  { owner: 'openai', tool: 'mcp', usd: 0, source: OPENAI, date: '2026-11-23' },
  { owner: 'openai', tool: 'function', usd: 0, source: OPENAI, date: '2026-11-23' },
  { owner: 'anthropic', tool: 'web_search', usd: 10, source: CLAUDE, date: '2026-11-23' },
  { owner: 'anthropic', tool: 'web_fetch', usd: 0, source: CLAUDE, date: '2026-11-23' },
  { owner: 'anthropic', tool: 'tool_search', usd: 0, source: CLAUDE, date: '2026-11-23' },
  { owner: 'x-ai', tool: 'web_search', usd: 5, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'x_search', usd: 5, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'code_execution', usd: 5, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'code_interpreter', usd: 5, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'attachment_search', usd: 10, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'collections_search', usd: 2.5, source: XAI, date: '2026-05-01' },
  { owner: 'x-ai', tool: 'file_search', usd: 2.5, source: XAI, date: '2026-05-01' },
] // prettier-ignore

/** USD for a thousand uses of a tool; undefined where nobody says, or not by the piece. */
export function feeOf(owner: string, tool: string): number | undefined {
  return FEES.find((fee) => fee.owner === owner && fee.tool === tool)?.usd
}
