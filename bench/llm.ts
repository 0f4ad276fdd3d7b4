import { Launch, outcome } from './launch.ts'
import { build } from './library.ts'
import type { Body } from './llm/body.ts'
import type { Passed } from './llm/fetch.ts'
import type { Delay } from './llm/first.ts'
import type { Imported } from './llm/start.ts'
import { alone, type Aim, type Section } from './report.ts'
import { bytes, median, short, shown, spread } from './stats.ts'

const STARTS = 9
const GC = ['--expose-gc']

interface Pair<T> {
  readonly bare: T[]
  readonly ours: T[]
  /** Bare once more: where it differs from the first, so may everything else. */
  readonly control: T[]
}

/** The same file with us and without us, in turns. */
async function turns<T>(file: string, args: readonly string[], launches: number): Promise<Pair<T>> {
  const pair: Pair<T> = { bare: [], ours: [], control: [] }
  for (let i = 0; i < launches; i++)
    for (const variant of ['bare', 'ours', 'control'] as const)
      pair[variant].push(await outcome<T>(file, [variant, ...args], GC))
  return pair
}

function difference<T>({ bare, ours }: Pair<T>, pick: (one: T) => number): number {
  return median(ours.map(pick)) - median(bare.map(pick))
}

/** What watching costs the app. */
export async function llm(launches: number = 5): Promise<Section> {
  const starts: Imported[] = []
  for (let i = 0; i < STARTS; i++) starts.push(await outcome<Imported>('llm/start.ts', [], GC))
  const passed: Passed[] = []
  for (let i = 0; i < launches; i++) passed.push(await outcome<Passed>('llm/fetch.ts', []))
  const provider = new Launch('llm/provider.ts', [])
  try {
    const { url } = await provider.next<{ url: string }>()
    const delays = await turns<Delay>('llm/first.ts', [url], launches)
    const bodies = await turns<Body>('llm/body.ts', [url, 'false'], launches)
    const streams = await turns<Body>('llm/body.ts', [url, 'true'], launches)
    return section(starts, passed, delays, bodies, streams)
  } finally {
    await provider.end()
  }
}

function section(
  starts: readonly Imported[],
  passed: readonly Passed[],
  delays: Pair<Delay>,
  bodies: Pair<Body>,
  streams: Pair<Body>
): Section {
  const other = median(passed.map(({ ours, bare }) => ours - bare))
  const noise = median(passed.map(({ control, bare }) => control - bare))
  const p99 = difference(delays, (one) => one.p99)
  const cells = (name: string, { bare, ours, control }: Pair<Delay>, pick: (one: Delay) => number): string =>
    `| ${name} | ${[bare, control, ours].map((of) => shown(spread(of.map(pick)))).join(' | ')} |`
  const rows = (name: string, { bare, ours, control }: Pair<Body>): string =>
    `| ${name} | ${[bare, control, ours].map((of) => shown(spread(of.map((one) => one.peak)), bytes)).join(' | ')} |`
  return {
    title: 'Calls of language models',
    lines: [
      '| | bare | control | watched |',
      '|---|---|---|---|',
      cells('first piece of a stream, from its arrival to the app, median, µs', delays, (one) => one.p50),
      cells('the same, p99, µs', delays, (one) => one.p99),
      cells('CPU of a streamed call of 20 pieces, µs', delays, (one) => one.cpu),
      rows('most memory during an answer of 35 MB, garbage included', bodies),
      rows('the same, streamed', streams),
      '',
      `Another fetch: ${short(other)} ns more (a second bare one: ${short(noise)} ns more). Import by the clock: ${short(median(starts.map(({ wall }) => wall)))} ms.`,
      `Medians of ${delays.ours.length} launches, of ${starts.length} for the import.`,
    ],
    readme: [
      `| a fetch that calls no model | ${short(other)} ns |`,
      `| first piece of a streamed answer of a model, p99 | ${short(p99)} µs later |`,
    ],
    aims: aims(starts, other, delays, bodies, streams),
  }
}

function aims(
  starts: readonly Imported[],
  other: number,
  delays: Pair<Delay>,
  bodies: Pair<Body>,
  streams: Pair<Body>
): readonly Aim[] {
  const cpu = spread(starts.map((one) => one.cpu))
  const memory = spread(starts.map((one) => one.memory))
  const p99 = difference(delays, (one) => one.p99)
  // Whoever else uses the processor makes tails of all three: then nothing is shown.
  const noisy = Math.max(...[...delays.bare, ...delays.control].map((one) => one.p99)) > 1000
  const body = difference(bodies, (one) => one.memory)
  const stream = difference(streams, (one) => one.memory)
  return [
    { what: 'import of the package, main thread', aim: '< 30 ms', got: `${shown(cpu)} ms`, met: cpu.median < 30 },
    { what: 'memory of the import', aim: '< 5 MB', got: shown(memory, bytes), met: memory.median < 5e6 },
    { what: 'a fetch that calls no model', aim: '< 1 µs more', got: `${short(other)} ns`, met: other < 1000 },
    {
      what: 'first piece of a stream, p99',
      aim: '< 1 ms later',
      got: `${short(p99)} µs`,
      met: p99 < 1000 || (noisy ? null : false),
    },
    { what: 'memory held during a 35 MB answer', aim: '< 20 MB more', got: bytes(body), met: body < 20e6 },
    { what: 'memory held during a 35 MB stream', aim: '< 20 MB more', got: bytes(stream), met: stream < 20e6 },
  ]
}

if (import.meta.main) {
  build()
  await alone(() => llm())
}
