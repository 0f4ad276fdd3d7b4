import { called, costs, counts } from './called.ts'

// USD per million tokens of https://platform.claude.com/docs/en/about-claude/pricing, times tokens: millionths of a dollar.
const claude = called.bind(undefined, 'anthropic')

// Haiku 4.5: 1 in, 1.25 and 2 written for 5 minutes and an hour, 0.10 read, 5 out:
// 50 × 1 + 1,500 × 1.25 + 500 × 2 + 10,000 × 0.1 + 400 × 5 = 50 + 1,875 + 1,000 + 1,000 + 2,000
costs(
  'what is written to the cache costs more, for an hour twice as much',
  claude('claude-haiku-4-5-20251001', { input: 12_050, cached: 10_000, write5m: 1500, write1h: 500, output: 400 }),
  5925
)

// Opus 5.5 reads at a twentieth of 4: 1,000 × 4 + 100,000 × 0.2 + 500 × 20 = 4,000 + 20,000 + 10,000
costs(
  'Opus 5.5 reads from the cache at a twentieth',
  claude('claude-opus-5-5', { input: 101_000, cached: 100_000, output: 500 }),
  34_000
)

// Fable 5.1 at a fortieth of 10: 1,000 × 10 + 100,000 × 0.25 + 500 × 50 = 10,000 + 25,000 + 25,000
costs('Fable 5.1 at a fortieth', claude('claude-fable-5-1', { input: 101_000, cached: 100_000, output: 500 }), 60_000)

// Fable 5.2: 8 in, 0.20 read, 10 and 16 written, 40 out: 100 × 8 + 1,000 × 0.2 + 200 × 10 + 300 × 16 + 50 × 40
// = 800 + 200 + 2,000 + 4,800 + 2,000
costs(
  'Fable 5.2, which no catalogue has',
  claude('claude-fable-5-2', { input: 1600, cached: 1000, write5m: 200, write1h: 300, output: 50 }),
  9800
)

// https://platform.claude.com/docs/en/models/haiku-5-5/overview: 0.10 in, 0.50 out: 100,000 × 0.1 + 1,000 × 0.5
costs('Haiku 5.5 up to 100,000 tokens', claude('claude-haiku-5-5', { input: 100_000, output: 1000 }), 10_500)

// five times as much for all of it: 100,001 × 0.5 + 1,000 × 2.5 = 50,000.5 + 2,500
costs(
  'Haiku 5.5 beyond costs five times as much',
  claude('claude-haiku-5-5', { input: 100_001, output: 1000 }),
  52_500.5
)

// the cache counts: 1 × 0.5 + 90,000 × 0.05 + 6,000 × 0.625 + 4,000 × 1 = 0.5 + 4,500 + 3,750 + 4,000
costs(
  'what is in the cache counts towards the 100,000',
  claude('claude-haiku-5-5-20261007', { input: 100_001, cached: 90_000, write5m: 6000, write1h: 4000 }),
  12_250.5
)

// Sonnet 5.5: 2 in, 10 out; read at 0.20 until 2026-10-06: 1,000 × 2 + 9,000 × 0.2 + 100 × 10 = 2,000 + 1,800 + 1,000
costs(
  'Sonnet 5.5 before its cache became cheaper',
  claude(
    'claude-sonnet-5-5',
    { input: 10_000, cached: 9000, output: 100 },
    { time: Date.parse('2026-10-06T23:59:59Z') }
  ),
  4800
)

// at 0.10 since: 2,000 + 900 + 1,000
costs('Sonnet 5.5 since', claude('claude-sonnet-5-5', { input: 10_000, cached: 9000, output: 100 }), 3900)

// Sonnet 4.5, more than 200,000: 6 in, 0.60 read, 22.50 out: 100,001 × 6 + 100,000 × 0.6 + 1,000 × 22.5 = 600,006 + 60,000 + 22,500
costs(
  'Sonnet 4.5 with a long context',
  claude('claude-sonnet-4-5-20250929', { input: 200_001, cached: 100_000, output: 1000 }),
  682_506
)

// half of 3 and 15: (1,000 × 3 + 100 × 15) / 2
costs('a batch costs half', claude('claude-sonnet-4-6', { input: 1000, output: 100 }, { tier: 'batch' }), 2250)

// Opus 5.5 at 8 and 40: 1,000 × 8 + 100 × 40
costs(
  'Opus 5.5 answers fast for 8 and 40',
  claude('claude-opus-5-5', { input: 1000, output: 100 }, { tier: 'fast' }),
  12_000
)

// Opus 4.6 at 30 and 150, reads at 3: 900 × 30 + 100 × 3 + 100 × 150 = 27,000 + 300 + 15,000
costs(
  'Opus 4.6 fast, with a read from the cache',
  claude('claude-opus-4-6', { input: 1000, cached: 100, output: 100 }, { tier: 'fast' }),
  42_300
)

// (1,000 × 4 + 100 × 20) × 1.1
costs(
  'inference in the US costs a tenth more',
  claude('claude-opus-5-5', { input: 1000, output: 100 }, { region: 'us' }),
  6600
)
costs('elsewhere it does not', claude('claude-opus-5-5', { input: 1000, output: 100 }, { region: 'global' }), 6000)

// fast in the US, with a search, which neither changes: (1,000 × 4 + 100 × 20) × 2 × 1.1 + 10,000 = 13,200 + 10,000
costs(
  'speed and region multiply, tools do not',
  claude(
    'claude-opus-5-5',
    { input: 1000, output: 100, tools: counts({ web_search: 1 }) },
    { tier: 'fast', region: 'us' }
  ),
  23_200
)

// 3 searches at 10 per 1,000: 1,000 × 3 + 100 × 15 + 30,000
costs(
  'web searches cost a cent each',
  claude('claude-sonnet-4-6', { input: 1000, output: 100, tools: counts({ web_search_requests: 3 }) }),
  34_500
)
costs(
  'fetching pages costs its tokens only',
  claude('claude-sonnet-4-6', { input: 1000, output: 100, tools: counts({ web_fetch: 3 }) }),
  4500
)
