import { outcome } from './launch.ts'
import { build } from './library.ts'
import type { Recorded } from './record/loops.ts'
import { alone, type Section } from './report.ts'
import { median, short } from './stats.ts'

const LAUNCHES = 5

/** Nanoseconds and bytes of recording, once warm. */
export async function record(launches: number = LAUNCHES): Promise<Section> {
  const runs: Recorded[] = []
  for (let i = 0; i < launches; i++) runs.push(await outcome<Recorded>('record/loops.ts', [], ['--expose-gc']))
  const of = (key: keyof Recorded): number => median(runs.map((run) => run[key]))
  const ns = (key: keyof Recorded): string => `${short(of(key))} ns`
  const ratio = of('request') / of('clock')
  return {
    title: 'Recording',
    lines: [
      '| | ns |',
      '|---|---|',
      `| two \`performance.now()\` | ${short(of('clock'))} |`,
      `| \`series.observe\`, a counter | ${short(of('counter'))} |`,
      `| \`series.observe\`, a histogram | ${short(of('histogram'))} |`,
      `| a whole request, with both clock reads | ${short(of('request'))} |`,
      `| \`metrics.track\` with two labels | ${short(of('track'))} |`,
      '',
      `Medians of ${launches} launches, each the best of 40 batches of 50,000.`,
    ],
    readme: [
      `| recording a request | ${ns('request')}, ${ratio.toFixed(1)} × two clock reads |`,
      `| \`metrics.track\` with labels | ${ns('track')} |`,
    ],
    aims: [
      { what: '`series.observe`, a histogram', aim: '≤ 60 ns', got: ns('histogram'), met: of('histogram') <= 60 },
      {
        what: 'a whole request against two clock reads',
        aim: '≤ 4 ×',
        got: `${ratio.toFixed(1)} ×`,
        met: ratio <= 4,
      },
      {
        what: 'bytes allocated for a request once warm (without the clock reads)',
        aim: '0',
        got: `${of('bytes').toFixed(2)} (with them ${of('bytesWithClock').toFixed(1)})`,
        met: of('bytes') < 0.5,
      },
      { what: '`metrics.track` with labels', aim: '≤ 1,000 ns', got: ns('track'), met: of('track') <= 1_000 },
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => record())
}
