import { setTimeout as sleep } from 'node:timers/promises'
import { build, installPeers } from './library.ts'
import { Launch, outcome } from './launch.ts'
import { type Framework, type Variant, VARIANTS } from './overhead/apps.ts'
import type { InProcess } from './overhead/inprocess.ts'
import type { Section } from './report.ts'
import { alone } from './report.ts'
import { median, short, shown, type Spread, spread } from './stats.ts'

/** What was measured of one variant, a value for each launch. */
export interface Launches {
  /** In process: µs of CPU per request in the best batch. */
  readonly inProcess: number[]
  /** Over HTTP: µs of CPU per request, and requests a second. */
  readonly cpu: number[]
  readonly rate: number[]
}

export type Measured = Map<Variant, Launches>

/** How much is measured. */
export interface Effort {
  /** Launches of each variant, and of those that nothing is to be proven about. */
  readonly inProcess: number
  readonly http: number
  readonly others: number
  /** Milliseconds of each. */
  readonly warmUp: number
  readonly batches: number
  readonly httpWarmUp: number
  readonly httpFor: number
  /** Over HTTP, for us: until the first burst of requests, which are all kept as events, is in the store; others get as long. */
  readonly settled: number
}

const FULL: Effort = {
  inProcess: 8,
  http: 7,
  others: 3,
  warmUp: 900,
  batches: 20,
  httpWarmUp: 1_300,
  httpFor: 2_000,
  settled: 5_500,
}

/** What is to be proven: against the control, and against the most used peer of each framework. */
const PROVEN: ReadonlySet<Variant> = new Set<Variant>([
  'bare',
  'control',
  'ours',
  'fastify-metrics',
  '@hono/prometheus',
  'express-prom-bundle',
])

async function overHttp(framework: Framework, variant: Variant, effort: Effort): Promise<[cpu: number, rate: number]> {
  const server = new Launch('overhead/serve.ts', [framework, variant])
  let load: Launch | undefined
  try {
    const { port } = await server.next<{ port: number }>()
    load = new Launch('overhead/load.ts', [String(port)])
    await sleep(PROVEN.has(variant) ? effort.settled : effort.httpWarmUp)
    const [before, first] = [await server.ask<NodeJS.CpuUsage>('cpu'), await load.ask<Count>('count')]
    await sleep(effort.httpFor)
    const [after, last] = [await server.ask<NodeJS.CpuUsage>('cpu'), await load.ask<Count>('count')]
    const requests = last.answered - first.answered
    const cpu = after.user + after.system - before.user - before.system
    return [cpu / requests, (requests / (last.at - first.at)) * 1_000]
  } finally {
    await load?.end()
    await server.end()
  }
}

interface Count {
  readonly answered: number
  readonly at: number
}

async function inProcess(framework: Framework, variant: Variant, effort: Effort): Promise<number> {
  const args = [framework, variant, String(effort.warmUp), String(effort.batches)]
  const { batches } = await outcome<InProcess>('overhead/inprocess.ts', args)
  return Math.min(...batches)
}

/** Launches each variant anew, one after the other, again and again in turning order, so that noise meets all alike. */
export async function measure(framework: Framework, variants: readonly Variant[], effort: Effort): Promise<Measured> {
  const measured: Measured = new Map(variants.map((variant) => [variant, { inProcess: [], cpu: [], rate: [] }]))
  for (let round = 0; round < Math.max(effort.inProcess, effort.http); round++) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const launches = measured.get(variant)!
      if (!PROVEN.has(variant) && round >= effort.others) continue
      if (round < effort.inProcess) launches.inProcess.push(await inProcess(framework, variant, effort))
      if (round >= effort.http) continue
      const [cpu, rate] = await overHttp(framework, variant, effort)
      launches.cpu.push(cpu)
      launches.rate.push(rate)
    }
    console.error(`  ${framework}: round ${round + 1}`)
  }
  return measured
}

/** What a variant adds to the bare server, and which share of its throughput is left. */
export interface Added {
  readonly inProcess: Spread
  readonly cpu: Spread
  /** Percent of bare. */
  readonly rate: Spread
}

/** Against the bare launches (control included), pooled; the spread is that of the variant's own launches. */
export function added(measured: Measured, variant: Variant): Added {
  const pooled = (of: keyof Launches): number =>
    median([...(measured.get('bare')?.[of] ?? []), ...(measured.get('control')?.[of] ?? [])])
  const launches = measured.get(variant)!
  const [base, cpu, rate] = [pooled('inProcess'), pooled('cpu'), pooled('rate')]
  return {
    inProcess: spread(launches.inProcess.map((value) => value - base)),
    cpu: spread(launches.cpu.map((value) => value - cpu)),
    rate: spread(launches.rate.map((value) => (value / rate) * 100)),
  }
}

const NAMES: Partial<Record<Variant, string>> = { ours: '**pocketmetrics**', control: 'nothing (control)' }
const SIGN = (value: number): string => `${value < 0 ? '−' : '+'}${short(Math.abs(value))}`
const PERCENT = (value: number): string => `${value.toFixed(0)} %`

function table(framework: Framework, measured: Measured): string[] {
  const bare = measured.get('bare')!
  const head = `${framework} (bare: ${short(median(bare.inProcess))} µs in process, ${short(median(bare.cpu))} µs over HTTP)`
  const rows = [...measured.keys()]
    .filter((variant) => variant !== 'bare')
    .map((variant) => {
      const { inProcess: inside, cpu, rate } = added(measured, variant)
      const cells = [shown(inside, SIGN), shown(cpu, SIGN), shown(rate, PERCENT)]
      return `| ${NAMES[variant] ?? variant} | ${cells.join(' | ')} |`
    })
  return [
    `| ${head} | CPU added, in process, µs | CPU added, HTTP, µs | throughput of bare |`,
    '|---|---|---|---|',
    ...rows,
    '',
  ]
}

/** Points of throughput that the second bare server may differ from the first, or nothing of a few percent can be shown. */
const NOISE = 3

const AIMS: Readonly<Record<Framework, { readonly cpu: number | undefined; readonly rate: number | undefined }>> = {
  fastify: { cpu: 2, rate: 97 },
  hono: { cpu: 2, rate: undefined },
  express: { cpu: undefined, rate: 99 },
}

function aims(framework: Framework, measured: Measured): Section['aims'] {
  const { inProcess: inside, rate } = added(measured, 'ours')
  const { cpu, rate: wanted } = AIMS[framework]
  const control = added(measured, 'control')
  const all: Section['aims'][number][] = []
  if (cpu !== undefined) {
    all.push({
      what: `CPU added to a request in process, ${framework}`,
      aim: `gate ≤ ${cpu.toFixed(1)} µs (aim 1.5)`,
      got: `${shown(inside, SIGN)} µs; control ${shown(control.inProcess, SIGN)}`,
      met: inside.median <= cpu,
    })
  }
  if (wanted !== undefined) {
    all.push({
      what: `throughput of bare over HTTP, ${framework}`,
      aim: `≥ ${wanted} %`,
      got: `${shown(rate, PERCENT)}; control ${shown(control.rate, PERCENT)}`,
      met: Math.abs(control.rate.median - 100) > NOISE ? null : rate.median >= wanted,
    })
  }
  if (framework === 'fastify') {
    const times = added(measured, 'fastify-metrics').inProcess.median / Math.max(inside.median, 0.05)
    all.push({
      what: 'CPU added, fastify-metrics against us',
      aim: '≥ 8 ×',
      got: `${times.toFixed(1)} ×`,
      met: times >= 8,
    })
  }
  return all
}

const FRAMEWORKS: readonly Framework[] = ['fastify', 'hono', 'express']

/** Everyone against everyone, short. */
function summary(all: ReadonlyMap<Framework, Measured>): string[] {
  const names = [...new Set(FRAMEWORKS.flatMap((framework) => VARIANTS[framework]))]
  const rows = names
    .filter((variant) => variant !== 'bare')
    .map((variant) => {
      const cells = FRAMEWORKS.map((framework) => {
        const measured = all.get(framework)
        if (measured?.has(variant) !== true) return ''
        const { inProcess: inside, rate } = added(measured, variant)
        return `${SIGN(inside.median)} µs · ${PERCENT(rate.median)}`
      })
      return `| ${NAMES[variant] ?? variant} | ${cells.join(' | ')} |`
    })
  return [
    '| CPU added to a request · throughput of bare | Fastify | Hono | Express |',
    '|---|---|---|---|',
    ...rows,
    '',
  ]
}

/** The whole comparison. */
export async function overhead(effort: Effort = FULL): Promise<Section> {
  const section = { title: 'Overhead of a request', lines: [] as string[], aims: [] as Section['aims'][number][] }
  const all = new Map<Framework, Measured>()
  for (const framework of FRAMEWORKS) {
    // Nothing is claimed of Hono over HTTP.
    const http = framework === 'hono' ? effort.others : effort.http
    const measured = await measure(framework, VARIANTS[framework], { ...effort, http })
    all.set(framework, measured)
    section.lines.push(...table(framework, measured))
    section.aims.push(...aims(framework, measured))
  }
  section.lines.push(
    `Medians of ${effort.inProcess} launches in process and ${effort.http} over HTTP (${effort.others} of the lower peers, and of Hono over HTTP; in`,
    'brackets the middle half), against the pooled launches of the bare server. In process: framework and HTTP parser',
    'whole, the socket made of JavaScript, the best 0.1 s of each launch, CPU of all threads. Over HTTP: load generator in',
    'a process of its own, 32 connections; we are measured once our first burst of events is in the store.'
  )
  return { ...section, readme: summary(all) }
}

if (import.meta.main) {
  build()
  installPeers()
  const share = process.argv.includes('--quick') ? { inProcess: 3, http: 2, batches: 12 } : {}
  await alone(() => overhead({ ...FULL, ...share }))
}
