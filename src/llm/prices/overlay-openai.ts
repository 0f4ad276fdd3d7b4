import type { Kept } from './kept.ts'
import type { Rates, Term } from './rates.ts'

const OPENAI = 'https://developers.openai.com/api/docs/'

const always = (rates: Rates): readonly Term[] => [{ rates }]

/** Models of OpenAI that the catalogue has not, or by a part only: fine-tunes, sound, images. */
export const OPENAI_ROWS: readonly Kept[] = [
  ...tuned('gpt-4.1-2025-04-14', { input: 3, cached: 0.75, output: 12 }),
  ...tuned('gpt-4.1-mini-2025-04-14', { input: 0.8, cached: 0.2, output: 3.2 }),
  ...tuned('gpt-4.1-nano-2025-04-14', { input: 0.2, cached: 0.05, output: 0.8 }),
  ...tuned('o4-mini-2025-04-16', { input: 4, cached: 1, output: 16 }),
  ...tuned(
    'gpt-4o-2024-08-06',
    { input: 3.75, cached: 1.875, output: 15 },
    'the catalogue has no price of cached input'
  ),
  ...tuned(
    'gpt-4o-2024-11-20',
    { input: 3.75, cached: 1.875, output: 15 },
    'the catalogue has no price of cached input'
  ),
  ...tuned(
    'gpt-4o-mini-2024-07-18',
    { input: 0.3, cached: 0.15, output: 1.2 },
    'the catalogue has no price of cached input'
  ),
  {
    provider: 'openai',
    ids: ['gpt-4o-audio-preview', 'gpt-4o-audio-preview-2024-12-17', 'gpt-4o-audio-preview-2025-06-03'],
    terms: always({ input: 2.5, output: 10, inputAudio: 40, outputAudio: 80 }),
    source: `${OPENAI}models/gpt-4o-audio-preview`,
    date: '2024-12-17',
    why: 'the catalogue prices audio as text',
  },
  {
    provider: 'openai',
    ids: ['gpt-4o-audio-preview-2024-10-01'],
    terms: always({ input: 2.5, output: 10, inputAudio: 100, outputAudio: 200 }),
    source: `${OPENAI}pricing`,
    date: '2024-10-01',
    why: 'the catalogue prices audio as text',
  },
  {
    provider: 'openai',
    ids: ['gpt-4o-mini-audio-preview', 'gpt-4o-mini-audio-preview-2024-12-17'],
    terms: always({ input: 0.15, output: 0.6, inputAudio: 10, outputAudio: 20 }),
    source: `${OPENAI}pricing`,
    date: '2024-12-17',
    why: 'the catalogue prices audio as text',
  },
  {
    provider: 'openai',
    ids: ['dall-e-3'],
    terms: always({ images: 0.04 }),
    source: `${OPENAI}models/dall-e-3`,
    date: '2023-11-06',
    estimate: true,
  },
  {
    provider: 'openai',
    ids: ['tts-1', 'tts-1-1106'],
    terms: always({ characters: 15 }),
    source: `${OPENAI}models/tts-1`,
    date: '2023-11-06',
  },
  {
    provider: 'openai',
    ids: ['tts-1-hd', 'tts-1-hd-1106'],
    terms: always({ characters: 30 }),
    source: `${OPENAI}models/tts-1-hd`,
    date: '2023-11-06',
  },
  {
    provider: 'openai',
    ids: ['babbage-002'],
    terms: always({ input: 0.4, output: 0.4 }),
    source: `${OPENAI}models/babbage-002`,
    date: '2023-08-22',
  },
  {
    provider: 'openai',
    ids: ['davinci-002'],
    terms: always({ input: 2, output: 2 }),
    source: `${OPENAI}models/davinci-002`,
    date: '2023-08-22',
  },
  {
    provider: 'openai',
    ids: [
      'omni-moderation',
      'omni-moderation-latest',
      'text-moderation-latest',
      'text-moderation-stable',
      'text-moderation-007',
    ],
    terms: always({}),
    source: `${OPENAI}models/omni-moderation-latest`,
    date: '2024-09-26',
  },
]

function tuned(base: string, rates: Rates, why?: string): readonly Kept[] {
  const row = { provider: 'openai', ids: [`ft:${base}`], terms: always(rates), source: `${OPENAI}pricing` }
  return [{ ...row, date: '2025-04-14', ...(why === undefined ? {} : { why }) }]
}
