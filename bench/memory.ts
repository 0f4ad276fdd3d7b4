import { Launch, outcome } from './launch.ts'
import { build, installPeers } from './library.ts'
import type { Scraped } from './memory/scrape.ts'
import type { Taken } from './memory/server.ts'
import { alone, type Section, turnMet } from './report.ts'
import { bytes, median, short } from './stats.ts'

interface Growth {
  readonly ordinary: Taken
  readonly attack: Taken
  readonly series: number
}

function less(after: Taken, before: Taken): Taken {
  return {
    memory: after.memory - before.memory,
    heap: after.heap - before.heap,
    store: after.store - before.store,
  }
}

/** A server that has seen ordinary traffic, and then as many requests of which no two are alike. */
async function grown(variant: 'ours' | 'bare', count: number): Promise<Growth> {
  const server = new Launch('memory/server.ts', [variant], ['--expose-gc'])
  try {
    const { port } = await server.next<{ port: number }>()
    await outcome('memory/attack.ts', [String(port), 'ordinary', '2000'])
    const start = await server.ask<Taken>('settle')
    await outcome('memory/attack.ts', [String(port), 'ordinary', String(count)])
    const before = await server.ask<Taken>('settle')
    await outcome('memory/attack.ts', [String(port), 'strange', String(count)])
    const after = await server.ask<Taken>('settle')
    const series = variant === 'ours' ? await strangeSeries(port) : 0
    return { ordinary: less(before, start), attack: less(after, before), series }
  } finally {
    await server.end()
  }
}

/** How many label sets requests without a route made. */
async function strangeSeries(port: number): Promise<number> {
  const url = `http://127.0.0.1:${port}/metrics/query?metric=http_requests&group_by=endpoint,method,status`
  const { data } = (await (await fetch(url)).json()) as { data: { endpoint: string }[] }
  return data.filter(({ endpoint }) => endpoint !== '/users/:id').length
}

/** What strangers can make us keep, and what a scraper costs. */
export async function memory(count: number = 100_000, launches: number = 3): Promise<Section> {
  const ours: Growth[] = []
  const bare: Growth[] = []
  const scrapes: Scraped[] = []
  for (let i = 0; i < launches; i++) {
    bare.push(await grown('bare', count))
    ours.push(await grown('ours', count))
    scrapes.push(await outcome<Scraped>('memory/scrape.ts', []))
  }
  const of = (all: readonly Growth[], phase: 'ordinary' | 'attack', key: keyof Taken): number =>
    median(all.map((one) => one[phase][key]))
  const row = (name: string, phase: 'ordinary' | 'attack'): string =>
    `| ${name} | ${bytes(of(ours, phase, 'memory'))} (bare ${bytes(of(bare, phase, 'memory'))}) | ${bytes(of(ours, phase, 'heap'))} (bare ${bytes(of(bare, phase, 'heap'))}) | ${bytes(of(ours, phase, 'store'))} |`
  const series = Math.max(...ours.map((one) => one.series))
  const [resident, without] = [of(ours, 'attack', 'memory'), of(bare, 'attack', 'memory')]
  const store = of(ours, 'attack', 'store')
  const scrape = (key: keyof Scraped): number => median(scrapes.map((one) => one[key]))
  const many = count.toLocaleString('en-US')
  return {
    title: 'Strangers and scrapers',
    lines: [
      '| growth by | resident memory | heap | store |',
      '|---|---|---|---|',
      row(`${many} ordinary requests after the first 2,000`, 'ordinary'),
      row(`${many} random 404s, query strings, user agents and hosts after those`, 'attack'),
      '',
      `A scrape of 10,000 series: ${short(scrape('ms'))} ms (the first ${short(scrape('first'))} ms), ${bytes(scrape('bytes'))} in ${scrape('lines').toLocaleString('en-US')} lines.`,
      `Medians of ${launches} launches; the store without its log.`,
    ],
    readme: [
      `| ${many} random 404s | ${series} series, ${bytes(Math.max(0, resident - without))} of memory more than a bare server, ${bytes(store)} of disk |`,
      `| a scrape of 10,000 series | ${short(scrape('ms'))} ms |`,
    ],
    aims: [
      { what: `series of ${many} random 404s`, aim: '1', got: String(series), met: series === 1 },
      {
        what: 'resident memory they add, more than to a bare server',
        aim: '< 10 MB',
        got: `${bytes(resident - without)} (${bytes(resident)} against ${bytes(without)})`,
        met: resident - without < 10e6,
      },
      { what: 'what they add to the store', aim: '< 1 MB', got: bytes(store), met: store < 1e6 },
      { what: 'a scrape of 10,000 series', aim: '< 150 ms', got: `${short(scrape('ms'))} ms`, met: scrape('ms') < 150 },
      {
        what: 'longest turn in it',
        aim: '≤ 5 ms',
        got: `${short(scrape('turn'))} ms (${short(scrape('idle'))} with nothing to do beside a busy thread)`,
        met: turnMet(scrape('turn'), scrape('idle')),
      },
    ],
  }
}

if (import.meta.main) {
  build()
  installPeers()
  await alone(() => memory())
}
