/** How a way of being served changes the price of tokens: `[3, 2]` is half as much again. */
export interface Mode {
  /** Who serves it, and the ids of rows; none means all of them. */
  readonly seller: string
  readonly rows?: readonly string[]
  /** What responses call it. */
  readonly tiers: readonly string[]
  readonly times: readonly [number, number]
  /** Nobody publishes what it costs: the list price stands in for it. */
  readonly guess?: true
  readonly source: string
  readonly date: string
}

const FAST = 'https://openai.com/api-fast-mode/'
const PRIORITY = 'https://openai.com/api-priority-processing/'
const ULTRAFAST = 'https://developers.openai.com/api/docs/guides/ultrafast-mode'
const CLAUDE_FAST = 'https://platform.claude.com/docs/en/build-with-claude/fast-mode'
const OPENAI = 'https://developers.openai.com/api/docs/pricing'

/** Fast mode was called priority until 2026-07-30; responses still say either. */
const fast = (times: readonly [number, number], rows: readonly string[], source = FAST): Mode => ({
  seller: 'openai',
  rows,
  tiers: ['priority', 'fast'],
  times,
  source,
  date: '2026-11-23',
})

/** What the tables of the providers say, newest knowledge first. */
export const MODES: readonly Mode[] = [
  { seller: 'openai', tiers: ['batch', 'flex'], times: [1, 2], source: OPENAI, date: '2026-11-23' },
  fast([2, 1], ['gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna'], OPENAI),
  fast([2, 1], ['gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.2', 'gpt-5.1', 'gpt-5']),
  fast([5, 2], ['gpt-5.5']),
  fast([9, 5], ['gpt-5-mini']),
  fast([7, 4], ['gpt-4.1', 'gpt-4.1-mini', 'o3', 'gpt-4o-2024-05-13'], PRIORITY),
  fast([2, 1], ['gpt-4.1-nano'], PRIORITY),
  fast([17, 10], ['gpt-4o'], PRIORITY),
  fast([5, 3], ['gpt-4o-mini'], PRIORITY),
  fast([20, 11], ['o4-mini'], PRIORITY),
  { seller: 'openai', rows: ['gpt-6-astra', 'gpt-6.1-sol'], tiers: ['ultrafast'], times: [6, 1], source: ULTRAFAST, date: '2026-11-23' },
  { seller: 'anthropic', tiers: ['batch'], times: [1, 2], source: 'https://platform.claude.com/docs/en/about-claude/pricing', date: '2026-11-23' },
  {
    seller: 'anthropic',
    rows: ['claude-fable-5-2', 'claude-opus-5-5', 'claude-opus-5', 'claude-opus-4-8'],
    tiers: ['fast'],
    times: [2, 1],
    source: CLAUDE_FAST,
    date: '2026-11-23',
  },
  { seller: 'anthropic', rows: ['claude-opus-4-7', 'claude-opus-4-6'], tiers: ['fast'], times: [6, 1], source: CLAUDE_FAST, date: '2026-07-24' },
  // A commitment in advance, at rates of its own.
  { seller: 'anthropic', tiers: ['priority'], times: [1, 1], guess: true, source: 'https://platform.claude.com/docs/en/api/service-tiers', date: '2026-11-23' },
  { seller: 'google', tiers: ['batch'], times: [1, 2], source: 'https://ai.google.dev/gemini-api/docs/pricing', date: '2026-11-23' },
  // Claude on Google's cloud; what else is served fast there is not listed.
  { seller: 'google', rows: ['claude-fable-5-2'], tiers: ['fast'], times: [2, 1], source: 'https://cloud.google.com/vertex-ai/generative-ai/pricing', date: '2026-11-09' },
  { seller: 'azure', tiers: ['batch'], times: [1, 2], source: 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch', date: '2026-11-23' },
] // prettier-ignore

/** What is served in one region only. */
interface Region {
  /** Who serves it. */
  readonly seller: string
  readonly rows: RegExp
  readonly regions: RegExp
  readonly times: readonly [number, number]
  readonly source: string
  readonly date: string
}

/** A tenth more for each kind of token. */
export const REGIONS: readonly Region[] = [
  {
    seller: 'openai',
    // Models released since 2026-03-05.
    rows: /^gpt-(?:5\.[4-9]|[6-9])/,
    regions: /^(?!global$|default$).+/,
    times: [11, 10],
    source: 'https://developers.openai.com/api/docs/guides/data-residency',
    date: '2026-11-23',
  },
  {
    seller: 'anthropic',
    rows: /^claude-/,
    regions: /^us$/,
    times: [11, 10],
    source: 'https://platform.claude.com/docs/en/manage-claude/data-residency',
    date: '2026-11-23',
  },
  {
    seller: 'google',
    rows: /^claude-(?:[a-z]+-4-[5-9]|[a-z]+-[5-9])/,
    regions: /^(?!global$).+/,
    times: [11, 10],
    source: 'https://cloud.google.com/vertex-ai/generative-ai/pricing',
    date: '2026-11-23',
  },
]

/** The region that a host's name tells of; '' where it tells none. */
export function regionIn(host: string): string {
  const name = host.toLowerCase()
  const [, openai, , vertex, zone] =
    /^(?:([a-z]{2})\.api\.openai\.com|((?:([a-z]+-[a-z]+\d+)-)?aiplatform(?:\.([a-z]{2})\.rep)?)\.googleapis\.com)(?::\d+)?$/.exec(
      name
    ) ?? []
  return openai ?? vertex ?? zone ?? ''
}

const PLAIN: ReadonlySet<string> = new Set([
  '', 'default', 'standard', 'auto', 'standard_only', 'on_demand', 'on-demand', 'unspecified', 'normal',
]) // prettier-ignore
const DEARER: ReadonlySet<string> = new Set(['priority', 'fast', 'ultrafast', 'performance'])

/** By what the list price is multiplied; `sure` is false where nobody says, and `least` where it is no more than that. */
export interface Factor {
  readonly times: readonly [number, number]
  readonly sure: boolean
  readonly least: boolean
}

/** What the tier that a response names makes of the price of a row. */
export function tierOf(seller: string, row: string, tier: string): Factor {
  const word = tier.trim().toLowerCase()
  if (PLAIN.has(word)) return { times: [1, 1], sure: true, least: false }
  const mode = MODES.find(
    (one) => one.seller === seller && one.tiers.includes(word) && (one.rows?.includes(row) ?? true)
  )
  if (mode !== undefined) return { times: mode.times, sure: mode.guess !== true, least: false }
  return { times: [1, 1], sure: DEARER.has(word), least: DEARER.has(word) }
}

/** What the region of a call makes of the price of a row. */
export function regionOf(seller: string, row: string, region: string): readonly [number, number] {
  const word = region.trim().toLowerCase()
  const found = REGIONS.find((one) => one.seller === seller && one.rows.test(row) && one.regions.test(word))
  return found?.times ?? [1, 1]
}
