import type { Kept } from './kept.ts'
import type { Rates, Term } from './rates.ts'

const OPENAI = 'https://developers.openai.com/api/docs/'
const CLAUDE = 'https://platform.claude.com/docs/en/'

/** Above 272,000 tokens OpenAI bills twice the input and one and a half times the output of the whole request. */
const long = (rates: Readonly<Record<string, number>>): Rates =>
  Object.fromEntries(
    Object.entries(rates).map(([kind, usd]) => [kind, [usd, 272_000, kind === 'output' ? usd * 1.5 : usd * 2]])
  )

/** Prompts of more than 100,000 tokens, whatever is in the cache, cost five times as much. */
const CLIFF: Rates = {
  input: [0.1, 100_000, 0.5],
  cached: [0.01, 100_000, 0.05],
  write5m: [0.125, 100_000, 0.625],
  write1h: [0.2, 100_000, 1],
  output: [0.5, 100_000, 2.5],
  web_search: 10,
}

const SONNET: Rates = { input: 2, cached: 0.2, write5m: 2.5, write1h: 4, output: 10, web_search: 10 }

/** DeepSeek's day: on working days from 01:00 to 04:00 and from 06:00 to 10:00 UTC everything costs twice as much. */
const peaks = (from: string, off: Rates): readonly Term[] => {
  const rates = Object.fromEntries(Object.entries(off).map(([kind, usd]) => [kind, Number(usd) * 2]))
  return [
    { from, rates: off },
    { from, at: '01:00-04:00', rates },
    { from, at: '06:00-10:00', rates },
    // Weekends were days like others until then.
    { from: from < '2026-08-23' ? '2026-08-22T16:00Z' : from, weekend: 8, rates: off },
  ]
}

/** When DeepSeek's hours began, and when V4.1 Flash took over. */
const HOURS = '2026-08-16T16:00Z'
const FLASH = '2026-09-10T04:00Z'
const NEW_FLASH: Rates = { input: 0.15, cached: 0.003, output: 0.6 }
const HOURLY = 'the catalogue cannot say a date and an hour at once, nor a weekend'

const always = (rates: Rates): readonly Term[] => [{ rates }]

/** Models that are newer than the catalogue, and those of which it cannot say when they cost what. */
export const NEWER: readonly Kept[] = [
  {
    provider: 'anthropic',
    ids: ['claude-haiku-5-5', 'claude-haiku-5.5'],
    terms: always(CLIFF),
    source: `${CLAUDE}models/haiku-5-5/overview`,
    date: '2026-10-07',
  },
  {
    provider: 'anthropic',
    ids: ['claude-sonnet-5-5', 'claude-sonnet-5.5'],
    terms: [{ rates: SONNET }, { from: '2026-10-07', rates: { ...SONNET, cached: 0.1 } }],
    source: `${CLAUDE}models/sonnet-5-5/overview`,
    date: '2026-10-07',
  },
  {
    provider: 'anthropic',
    ids: ['claude-fable-5-2', 'claude-fable-5.2'],
    terms: always({ input: 8, cached: 0.2, write5m: 10, write1h: 16, output: 40, web_search: 10 }),
    source: `${CLAUDE}about-claude/pricing`,
    date: '2026-11-09',
  },
  {
    provider: 'anthropic',
    ids: ['claude-mythos-5-1'],
    terms: always({ input: 10, cached: 0.25, write5m: 12.5, write1h: 20, output: 50, web_search: 10 }),
    source: `${CLAUDE}about-claude/pricing`,
    date: '2026-09-01',
  },
  {
    provider: 'anthropic',
    ids: ['claude-mythos-5'],
    terms: always({ input: 10, cached: 1, write5m: 12.5, write1h: 20, output: 50, web_search: 10 }),
    source: `${CLAUDE}about-claude/pricing`,
    date: '2026-09-01',
  },
  {
    provider: 'openai',
    ids: ['gpt-6.1-sol'],
    terms: always({ ...long({ input: 2, cached: 0.1, write5m: 2.5, output: 10 }), web_search: 10, file_search: 2.5 }),
    source: `${OPENAI}models/gpt-6.1-sol`,
    date: '2026-09-29',
  },
  {
    provider: 'openai',
    ids: ['gpt-6.1-terra'],
    terms: always({
      ...long({ input: 1, cached: 0.05, write5m: 1.25, write1h: 2.5, output: 5 }),
      web_search: 10,
      file_search: 2.5,
    }),
    source: `${OPENAI}models/gpt-6.1-terra`,
    date: '2026-10-26',
  },
  {
    provider: 'aws',
    ids: ['amazon.titan-embed-text-v2:0', 'amazon.titan-embed-text-v2'],
    terms: always({ input: 0.02 }),
    source: 'https://aws.amazon.com/bedrock/pricing/',
    date: '2024-04-30',
  },
  {
    provider: 'x-ai',
    ids: ['grok-4.7', 'grok-4.7-latest', 'x-ai/grok-4.7'],
    terms: always({ input: [2, 199_999, 4], cached: [0.5, 199_999, 1], output: [6, 199_999, 12] }),
    source: 'https://docs.x.ai/docs/models',
    date: '2026-09-21',
  },
  {
    provider: 'deepseek',
    ids: ['deepseek-flash'],
    terms: peaks(FLASH, NEW_FLASH),
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    date: '2026-09-10',
  },
  {
    provider: 'deepseek',
    ids: ['deepseek-v4-flash'],
    terms: [
      { rates: { input: 0.14, cached: 0.0028, output: 0.28 } },
      ...peaks(HOURS, { input: 0.22, cached: 0.007, output: 0.66 }),
      ...peaks(FLASH, NEW_FLASH),
    ],
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    date: '2026-09-10',
    why: HOURLY,
  },
  {
    provider: 'deepseek',
    ids: ['deepseek-v4-pro'],
    terms: [
      { rates: { input: 0.435, cached: 0.003625, output: 0.87 } },
      ...peaks(HOURS, { input: 0.66, cached: 0.022, output: 1.98 }),
    ],
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    date: '2026-08-17',
    why: HOURLY,
  },
  ...(
    [
      ['whisper-large-v3', 0.111],
      ['whisper-large-v3-turbo', 0.04],
    ] as const
  ).map(([id, seconds]) => ({
    provider: 'groq',
    ids: [id],
    terms: always({ seconds, leastSeconds: 10 }),
    source: `https://console.groq.com/docs/model/${id}`,
    date: '2026-11-23',
    why: 'ten seconds are billed at least',
  })),
  {
    provider: 'mistral',
    ids: ['mistral-large-latest'],
    terms: [
      { rates: { input: 2, output: 6 } },
      { from: '2025-12-02', rates: { input: 0.5, cached: 0.05, output: 1.5 } },
    ],
    source: 'https://mistral.ai/pricing',
    date: '2025-12-02',
    why: 'the alias went on to Mistral Large 3, which the catalogue has under its dated name only',
    estimate: true,
  },
]
