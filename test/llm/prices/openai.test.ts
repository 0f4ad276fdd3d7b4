import { called, costs, counts } from './called.ts'

// USD per million tokens of https://developers.openai.com/api/docs/pricing, times tokens: millionths of a dollar.
const openai = called.bind(undefined, 'openai')

// 2.50 in, 1.25 cached, 10 out: 176 × 2.5 + 1,024 × 1.25 + 300 × 10 = 440 + 1,280 + 3,000
costs(
  'cached input is part of the input and costs less',
  openai('gpt-4o-2024-08-06', { input: 1200, cached: 1024, output: 300 }),
  4720
)

// 5 in, 15 out, no price for the cache: 1,000 × 5 + 100 × 15
costs(
  'a model without a cache price bills cached input in full',
  openai('gpt-4o-2024-05-13', { input: 1000, cached: 500, output: 100 }),
  6500
)

// 0.25 in, 0.025 cached, 2 out: 464 × 0.25 + 1,536 × 0.025 + 900 × 2 = 116 + 38.4 + 1,800
costs(
  'reasoning is part of the output',
  openai('gpt-5-mini-2025-08-07', { input: 2000, cached: 1536, output: 900, reasoning: 640 }),
  1954.4
)

// 2.50 in, 15 out: 272,000 × 2.5 + 1,000 × 15 = 680,000 + 15,000
costs('272,000 tokens are no long context yet', openai('gpt-5.4-2026-03-05', { input: 272_000, output: 1000 }), 695_000)

// twice the input, one and a half times the output: 272,001 × 5 + 1,000 × 22.5 = 1,360,005 + 22,500
costs(
  'one token more makes all of the request dearer',
  openai('gpt-5.4-2026-03-05', { input: 272_001, output: 1000 }),
  1_382_505
)

// the cache counts towards it: 100,000 × 5 + 200,000 × 0.5 + 10 × 22.5 = 500,000 + 100,000 + 225
costs(
  'a long context is long with its cached part',
  openai('gpt-5.4', { input: 300_000, cached: 200_000, output: 10 }),
  600_225
)

// 2.5 × of 5 in and 30 out: (1,000 × 5 + 100 × 30) × 2.5 = 8,000 × 2.5
costs(
  'gpt-5.5 costs two and a half times as much with priority',
  openai('gpt-5.5', { input: 1000, output: 100 }, { tier: 'priority' }),
  20_000
)

// 1.75 × of 2 in, 0.5 cached and 8 out: (500 × 2 + 500 × 0.5 + 100 × 8) × 1.75 = 2,050 × 1.75
costs(
  'gpt-4.1 costs 1.75 times as much with priority',
  openai('gpt-4.1', { input: 1000, cached: 500, output: 100 }, { tier: 'priority' }),
  3587.5
)

// 1.8 × of 0.25 in and 2 out: (1,000 × 0.25 + 100 × 2) × 1.8 = 450 × 1.8
costs(
  'gpt-5-mini costs 1.8 times as much with priority',
  openai('gpt-5-mini', { input: 1000, output: 100 }, { tier: 'priority' }),
  810
)

// https://openai.com/api-priority-processing: 0.25 in, 0.125 cached, 1 out: 600 × 0.25 + 400 × 0.125 + 300 × 1 = 150 + 50 + 300
costs(
  'gpt-4o-mini with priority',
  openai('gpt-4o-mini', { input: 1000, cached: 400, output: 300 }, { tier: 'priority' }),
  500
)

// https://openai.com/api-priority-processing: 2 in, 0.5 cached, 8 out: 600 × 2 + 400 × 0.5 + 300 × 8 = 1,200 + 200 + 2,400
costs(
  'o4-mini with priority',
  openai('o4-mini-2025-04-16', { input: 1000, cached: 400, output: 300 }, { tier: 'priority' }),
  3800
)

// 2 × of 2 in and 10 out: (1,000 × 2 + 100 × 10) × 2
costs(
  'GPT-6.1 Sol answers fast for twice the price',
  openai('gpt-6.1-sol', { input: 1000, output: 100 }, { tier: 'fast' }),
  6000
)

// 6 × of 10 in and 50 out: (1,000 × 10 + 100 × 50) × 6
costs(
  'GPT-6 Astra is ultrafast for six times the price',
  openai('gpt-6-astra-2026-09-01', { input: 1000, output: 100 }, { tier: 'ultrafast' }),
  90_000
)

// half of 0.25 in and 2 out: (1,000 × 0.25 + 100 × 2) / 2
costs('flex costs half', openai('gpt-5-mini', { input: 1000, output: 100 }, { tier: 'flex' }), 225)

// half of 2.50 in and 10 out: (1,000 × 2.5 + 100 × 10) / 2
costs('a batch costs half', openai('gpt-4o', { input: 1000, output: 100 }, { tier: 'batch' }), 1750)

// long and flex: (300,000 × 5 + 100 × 22.5) / 2 = 1,502,250 / 2
costs(
  'a long context in a batch costs half of the long price',
  openai('gpt-5.4', { input: 300_000, output: 100 }, { tier: 'batch' }),
  751_125
)

// https://developers.openai.com/api/docs/models/gpt-6.1-sol: 2 in, 0.10 cached, 2.50 written, 10 out:
// 300 × 2 + 500 × 0.1 + 200 × 2.5 + 100 × 10 = 600 + 50 + 500 + 1,000
costs(
  'GPT-6.1 Sol bills what it writes to the cache',
  openai('gpt-6.1-sol', { input: 1000, cached: 500, write5m: 200, output: 100 }),
  2150
)

// https://developers.openai.com/api/docs/models/gpt-6.1-terra: 1 in, 0.05 cached, 5 out; over 272K 2, 0.10, 7.50:
// 172,001 × 2 + 100,000 × 0.1 + 1,000 × 7.5 = 344,002 + 10,000 + 7,500
costs(
  'GPT-6.1 Terra with a long context',
  openai('gpt-6.1-terra', { input: 272_001, cached: 100_000, output: 1000 }),
  361_502
)

// 10 % more for a region: (1,000 × 2 + 100 × 10) × 1.1
costs('a region costs a tenth more', openai('gpt-6-sol', { input: 1000, output: 100 }, { region: 'eu' }), 3300)
costs(
  'a region is told by the host too',
  openai('gpt-6-sol', { input: 1000, output: 100 }, { host: 'eu.api.openai.com' }),
  3300
)

// models before 2026-03-05 have no such fee: 1,000 × 2.5 + 100 × 10
costs(
  'a region costs nothing more for older models',
  openai('gpt-4o', { input: 1000, output: 100 }, { region: 'eu' }),
  3500
)

// 5 in and 30 out until 2026-08-20, 4 and 20 since: 1,000 × 5 + 100 × 30; 1,000 × 4 + 100 × 20
costs(
  'a call is billed at the price of its day',
  openai('gpt-5.6-sol', { input: 1000, output: 100 }, { time: Date.parse('2026-08-20T23:59:59Z') }),
  8000
)
costs(
  'a day later at the next',
  openai('gpt-5.6-sol', { input: 1000, output: 100 }, { time: Date.parse('2026-08-21T00:00:00Z') }),
  6000
)

// o3 cost 10 and 40 before 2025-06-10, 2 and 8 since
costs(
  'o3 before its price was cut',
  openai('o3', { input: 1000, output: 100 }, { time: Date.parse('2025-06-01') }),
  14_000
)
costs('o3 since', openai('o3-2025-04-16', { input: 1000, output: 100 }), 2800)

// 0.02 in: 1,000 × 0.02
costs('embeddings have no output', openai('text-embedding-3-small', { input: 1000 }, { operation: 'embeddings' }), 20)

// fine-tuned: 0.8 in, 0.2 cached, 3.2 out: 600 × 0.8 + 400 × 0.2 + 100 × 3.2 = 480 + 80 + 320
costs(
  'a fine-tune of gpt-4.1-mini, whoever owns it',
  openai('ft:gpt-4.1-mini-2025-04-14:acme:support:Bx1', { input: 1000, cached: 400, output: 100 }),
  880
)

// fine-tuned: 0.3 in, 0.15 cached, 1.2 out: 600 × 0.3 + 400 × 0.15 + 100 × 1.2 = 180 + 60 + 120
costs(
  'a fine-tune of gpt-4o-mini',
  openai('ft:gpt-4o-mini-2024-07-18:acme::9aB', { input: 1000, cached: 400, output: 100 }),
  360
)

// fine-tuned: 4 in, 1 cached, 16 out: 600 × 4 + 400 × 1 + 100 × 16 = 2,400 + 400 + 1,600
costs(
  'a fine-tune of o4-mini',
  openai('ft:o4-mini-2025-04-16:openai::BTz', { input: 1000, cached: 400, output: 100, reasoning: 60 }),
  4400
)

// 1,954.4 + 2 searches at 10 per 1,000: 20,000
costs(
  'web searches cost a cent each',
  openai('gpt-5-mini', { input: 2000, cached: 1536, output: 900, tools: counts({ web_search: 2 }) }),
  21_954.4
)

// the tier is of tokens, not of tools: 1,000 × 0.25 / 2 + 10,000
costs(
  'a tier does not change the price of tools',
  openai('gpt-5-mini', { input: 1000, tools: counts({ web_search: 1 }) }, { tier: 'flex' }),
  10_125
)

// 2.50 text in, 10 text out, 40 and 80 for sound: 100 × 2.5 + 400 × 40 + 50 × 10 + 250 × 80 = 250 + 16,000 + 500 + 20,000
costs(
  'gpt-4o-audio-preview',
  openai('gpt-4o-audio-preview-2024-12-17', { input: 500, inputAudio: 400, output: 300, outputAudio: 250 }),
  36_750
)

// 4 text in, 0.4 cached text and sound, 32 and 64 for sound: 150 × 4 + 50 × 0.4 + 200 × 0.4 + 600 × 32 + 100 × 64
// = 600 + 20 + 80 + 19,200 + 6,400
costs(
  'gpt-realtime with text and sound from the cache',
  openai('gpt-realtime', {
    input: 1000,
    cached: 250,
    cachedAudio: 200,
    inputAudio: 800,
    output: 100,
    outputAudio: 100,
  }),
  26_300
)

// text 5 in, 8 and 32 for images, 10 text out: 100 × 5 + 900 × 8 + 56 × 10 + 1,000 × 32 = 500 + 7,200 + 560 + 32,000
costs(
  'gpt-image-1.5 has prices of its own for images',
  openai('gpt-image-1.5', { input: 1000, inputImage: 900, output: 1056, outputImage: 1000 }, { operation: 'image' }),
  40_260
)

// 0.04 each, of the usual size and quality: 2 × 40,000
costs(
  'dall-e-3 is billed by the image',
  openai('dall-e-3', { units: counts({ images: 2 }) }, { operation: 'image' }),
  80_000,
  'estimated'
)

// 15 per million characters: 420 × 15
costs(
  'tts-1 is billed by the character',
  openai('tts-1', { units: counts({ characters: 420 }) }, { operation: 'audio' }),
  6300
)

// 0.006 per minute: 90.5 s = 90.5 × 0.0001 = 0.00905
costs(
  'whisper-1 is billed by the second',
  openai('whisper-1', { units: counts({ seconds: 90.5 }) }, { operation: 'audio' }),
  9050
)

costs(
  'moderation is free, which is a price',
  openai('omni-moderation-latest', { input: 20 }, { operation: 'moderation' }),
  0
)
costs(
  'moderation is free also where it tells no usage',
  openai('omni-moderation-latest', null, { operation: 'moderation' }),
  0
)
