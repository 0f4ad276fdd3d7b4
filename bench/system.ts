import { outcome } from './launch.ts'
import { build } from './library.ts'
import { alone, type Section } from './report.ts'
import { median, shown, spread } from './stats.ts'
import type { Idle } from './system/idle.ts'
import type { Readings } from './system/readings.ts'

/** Each takes a minute and some seconds. */
const LAUNCHES = 3
/** Of each launch: two readings at least. */
const SECONDS = 20

/** What it costs to look at process and machine: of an idle process with it and without it, in turns, and of each part. */
export async function system(launches: number = LAUNCHES, seconds: number = SECONDS): Promise<Section> {
  const [on, off, parts]: [number[], number[], Readings[]] = [[], [], []]
  for (let i = 0; i < launches; i++) {
    off.push((await outcome<Idle>('system/idle.ts', ['off', String(seconds)])).load)
    on.push((await outcome<Idle>('system/idle.ts', ['on', String(seconds)])).load)
    parts.push(await outcome<Readings>('system/readings.ts', []))
  }
  const cost = median(on.map((load, at) => load - off[at]!)) / 10
  const of = (key: keyof Readings): number => median(parts.map((part) => part[key]))
  const percent = (loads: readonly number[]): string =>
    shown(spread(loads.map((load) => load / 10)), (value) => value.toFixed(3))
  return {
    title: 'Process and machine',
    lines: [
      '| | |',
      '|---|---|',
      `| an idle process without it, % of a core | ${percent(off)} |`,
      `| with it | ${percent(on)} |`,
      `| one reading, ms of CPU time | ${of('sample').toFixed(2)} |`,
      `| of that at once, on the event loop | ${of('own').toFixed(2)} |`,
      `| one look at the event loop, µs | ${(of('tick') * 1000).toFixed(1)} |`,
      `| for each request, ns | ${of('request').toFixed(0)}, of which ${of('clock').toFixed(0)} are one \`performance.now()\` |`,
      '',
      `Medians of ${launches} launches of ${seconds} s, in turns; CPU time of all threads, read every 10 s and looked at once a second.`,
    ],
    readme: [`| reading process and machine, of one core | ${cost.toFixed(2)} % |`],
    aims: [
      { what: 'reading process and machine, of a core', aim: '≤ 0.1 %', got: `${cost.toFixed(3)} %`, met: cost <= 0.1 },
      {
        what: 'what a request costs more, where the event loop is watched',
        aim: '≤ 100 ns',
        got: `${of('request').toFixed(0)} ns`,
        met: of('request') <= 100,
      },
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => system())
}
