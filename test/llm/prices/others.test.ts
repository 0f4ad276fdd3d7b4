import { called, costs, counts } from './called.ts'

// USD per million tokens, times tokens: millionths of a dollar.

// https://ai.google.dev/gemini-api/docs/pricing. Gemini 2.5 Flash: 0.30 in, 1 for sound, 2.50 out with its thoughts:
// 700 × 0.3 + 100 × 1 + 500 × 2.5 = 210 + 100 + 1,250
costs(
  'Gemini bills thoughts as output and sound apart',
  called('google', 'gemini-2.5-flash', { input: 800, inputAudio: 100, output: 500, reasoning: 300 }),
  1560
)

// Gemini 2.5 Pro over 200,000: 2.50 in, 0.25 cached, 15 out: 150,001 × 2.5 + 50,000 × 0.25 + 1,000 × 15 = 375,002.5 + 12,500 + 15,000
costs(
  'Gemini 2.5 Pro with a long context',
  called('google', 'gemini-2.5-pro', { input: 200_001, cached: 50_000, output: 1000 }),
  402_502.5
)

// Gemini 3.8 Flash: 0.75 and 3.75 until the end of 2026, 1.50 and 7.50 then
costs(
  'a price that is announced holds from its day on',
  called('google', 'gemini-3.8-flash', { input: 1000, output: 100 }, { time: Date.parse('2027-01-01T00:00:00Z') }),
  2250
)
costs('and not before', called('google', 'gemini-3.8-flash', { input: 1000, output: 100 }), 1125)

// Gemini 2.5 Flash Image: 30 for images: 100 × 0.3 + 1,290 × 30
costs(
  'an image by Gemini',
  called('google', 'gemini-2.5-flash-image', { input: 100, output: 1290, outputImage: 1290 }),
  38_730
)

// https://cloud.google.com/vertex-ai/generative-ai/pricing. Claude Sonnet 4.5: 3 in, 15 out; an hour in the cache twice the
// input: 100 × 3 + 200 × 6 + 100 × 15 = 300 + 1,200 + 1,500
costs(
  'Claude on Vertex keeps an hour in the cache for twice the input',
  called('google', 'claude-sonnet-4-5@20250929', { input: 300, write1h: 200, output: 100 }),
  3000
)

// a region costs a tenth more: (1,000 × 3 + 100 × 15) × 1.1
costs(
  'Claude in a region of Vertex',
  called(
    'google',
    'claude-sonnet-4-5@20250929',
    { input: 1000, output: 100 },
    { host: 'us-east5-aiplatform.googleapis.com' }
  ),
  4950
)

// https://aws.amazon.com/bedrock/pricing. Sonnet 4.5 in the US: 3.30 in, 0.33 read, 4.125 and 6.60 written, 16.50 out:
// 100 × 3.3 + 1,000 × 0.33 + 200 × 4.125 + 300 × 6.6 + 100 × 16.5 = 330 + 330 + 825 + 1,980 + 1,650
costs(
  'Claude on Bedrock, in a region, with both caches',
  called('bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', {
    input: 1600,
    cached: 1000,
    write5m: 200,
    write1h: 300,
    output: 100,
  }),
  5115
)

// 5 in, 25 out: 1,000 × 5 + 100 × 25
costs(
  'Claude on Bedrock, anywhere',
  called('bedrock', 'global.anthropic.claude-opus-5', { input: 1000, output: 100 }),
  7500
)

// the list price of Sonnet 5.5 and a tenth: (1,000 × 2 + 1,000 × 0.1 + 100 × 10) × 1.1 = 3,100 × 1.1
costs(
  'a Claude that the list of Bedrock lacks costs its own list price',
  called('bedrock', 'us.anthropic.claude-sonnet-5-5-v1:0', { input: 2000, cached: 1000, output: 100 }),
  3410
)

// Nova Pro: 0.80 in, 0.20 cached, 3.20 out: 600 × 0.8 + 400 × 0.2 + 100 × 3.2 = 480 + 80 + 320
costs('Nova on Bedrock', called('bedrock', 'amazon.nova-pro-v1:0', { input: 1000, cached: 400, output: 100 }), 880)

// https://azure.microsoft.com/pricing/details/cognitive-services/openai-service, Global: 2,000 × 2.5 + 500 × 10
costs(
  'a deployment on Azure is priced by the model in its answer',
  called('azure', 'gpt-4o-2024-11-20', { input: 2000, output: 500 }, { requestedModel: 'my-prod-gpt4o' }),
  10_000
)

// https://groq.com/pricing. Llama 3.3 70B: 500 × 0.59 + 100 × 0.79
costs('Llama on Groq', called('groq', 'llama-3.3-70b-versatile', { input: 500, output: 100 }), 374)

// 0.111 an hour, ten seconds at least: 10 / 3,600 × 0.111 = 0.000308333…
costs(
  'Groq bills ten seconds of sound at least',
  called('groq', 'whisper-large-v3', { units: counts({ seconds: 4 }) }, { operation: 'audio' }),
  308.333
)

// https://mistral.ai/pricing. Mistral Medium 3.1: 400 × 0.4 + 120 × 2
costs('Mistral', called('mistral', 'mistral-medium-2508', { input: 400, output: 120 }), 400)

// 4 dollars for 1,000 pages: 25 × 4,000
costs(
  'Mistral reads documents by the page',
  called('mistral', 'mistral-ocr-4-1', { units: counts({ pages: 25 }) }),
  100_000
)

// https://docs.x.ai/docs/models. Grok 4.7: 2 in, 0.50 cached, 6 out: 600 × 2 + 400 × 0.5 + 100 × 6 = 1,200 + 200 + 600
costs(
  'Grok 4.7, which the catalogue lacks',
  called('x-ai', 'grok-4.7', { input: 1000, cached: 400, output: 100 }),
  2000
)

// from 200,000 on twice as much: 200,000 × 4 + 100 × 12
costs('Grok counts 200,000 as long already', called('xai', 'grok-4.7', { input: 200_000, output: 100 }), 801_200)

// 5 for 1,000 searches: 1,000 × 2 + 3 × 5,000
costs(
  'Grok searches for half a cent',
  called('xai', 'grok-4.7', { input: 1000, tools: counts({ x_search: 3 }) }),
  17_000
)

// https://api-docs.deepseek.com/quick_start/pricing. V4 Pro off-peak 0.66, 0.022, 1.98: 600 × 0.66 + 400 × 0.022 + 100 × 1.98
// = 396 + 8.8 + 198; in peak hours twice as much; on weekends never
const pro = { input: 1000, cached: 400, output: 100 }
costs('DeepSeek off-peak', called('deepseek', 'deepseek-v4-pro', pro, { time: Date.parse('2026-11-20T12:00Z') }), 602.8)
costs(
  'DeepSeek in peak hours',
  called('deepseek', 'deepseek-v4-pro', pro, { time: Date.parse('2026-11-20T09:59Z') }),
  1205.6
)
costs(
  'DeepSeek on a Saturday of Beijing',
  called('deepseek', 'deepseek-v4-pro', pro, { time: Date.parse('2026-11-21T02:00Z') }),
  602.8
)

// 0.435, 0.003625, 0.87 before there were hours: 600 × 0.435 + 400 × 0.003625 + 100 × 0.87 = 261 + 1.45 + 87
costs(
  'DeepSeek before it had peak hours',
  called('deepseek', 'deepseek-v4-pro', pro, { time: Date.parse('2026-08-01T02:00Z') }),
  349.45
)

// V4.1 Flash since 2026-09-10: 600 × 0.15 + 400 × 0.003 + 100 × 0.6 = 90 + 1.2 + 60
costs(
  'an old name is billed as what answers to it',
  called('deepseek', 'deepseek-v4-flash', pro, { time: Date.parse('2026-11-20T12:00Z') }),
  151.2
)

// deepseek-chat as the catalogue has it: 0.27 and 1.10 from 00:30 to 16:30 UTC, half of it then
costs(
  'a price by the hour',
  called('deepseek', 'deepseek-chat', { input: 1000, output: 100 }, { time: Date.parse('2026-01-01T16:29Z') }),
  380
)
costs(
  'is another in the next hour',
  called('deepseek', 'deepseek-chat', { input: 1000, output: 100 }, { time: Date.parse('2026-01-01T16:30Z') }),
  190
)

// https://openrouter.ai/anthropic/claude-sonnet-4.5: 1,000 × 3 + 100 × 15
costs('a model of OpenRouter', called('openrouter', 'anthropic/claude-sonnet-4.5', { input: 1000, output: 100 }), 4500)

// https://docs.perplexity.ai: 1 in, 1 out, 12 for 1,000 requests: 100 + 100 + 12,000
costs('a fee for each request', called('perplexity', 'sonar', { input: 100, output: 100 }), 12_200)
