import { build, installPeers } from './library.ts'
import { Launch } from './launch.ts'
import { type Framework, type Variant, VARIANTS } from './overhead/apps.ts'
import type { InProcess } from './overhead/inprocess.ts'
import type { Section } from './report.ts'
import { alone } from './report.ts'
import { median, short, shown, type Spread, spread } from './stats.ts'

/** What was measured of one variant, a value for each launch; launches of one place in these lists ran side by side. */
export interface Launches {
  /** In process: µs of CPU per request in the best batch. */
  readonly inProcess: number[]
  /** Over HTTP: µs of CPU per request, and requests a second; medians of slices. */
  readonly cpu: number[]
  readonly rate: number[]
}

export type Measured = Map<Variant, Launches>

/** How much is measured. */
export interface Effort {
  /** Launches. */
  readonly inProcess: number
  readonly http: number
  /** Slices of a launch, and batches of one in process, of each variant. */
  readonly slices: number
  readonly batches: number
  /** ms for which each variant is warmed up before. */
  readonly warmUp: number
  /** Over HTTP at least so many ms, all together: what is not in a tight loop is compiled later, and our first burst of events is to be in the store. */
  readonly settled: number
}

const FULL: Effort = { inProcess: 8, http: 7, slices: 16, batches: 16, warmUp: 1_000, settled: 21_000 }

/** ms: some thousand requests, and short enough that neighbours meet the same noise. */
const SLICE = 200

/** A server and who asks it, both in processes of their own. */
class Pair {
  readonly #server: Launch
  readonly #load: Launch

  private constructor(server: Launch, load: Launch) {
    this.#server = server
    this.#load = load
  }

  static async of(framework: Framework, variant: Variant): Promise<Pair> {
    const server = new Launch('overhead/serve.ts', [framework, variant])
    const { port } = await server.next<{ port: number }>()
    return new Pair(server, new Launch('overhead/load.ts', [String(port)]))
  }

  /** µs of CPU per request, and requests a second, of one slice. */
  async slice(): Promise<readonly [cpu: number, rate: number]> {
    const before = await this.#server.ask<NodeJS.CpuUsage>('cpu')
    const { answered, ms } = await this.#load.ask<{ answered: number; ms: number }>({ ms: SLICE })
    const after = await this.#server.ask<NodeJS.CpuUsage>('cpu')
    return [(after.user + after.system - before.user - before.system) / answered, (answered / ms) * 1_000]
  }

  async end(): Promise<void> {
    await this.#load.end()
    await this.#server.end()
  }
}

async function overHttp(
  framework: Framework,
  variants: readonly Variant[],
  effort: Effort,
  into: Measured
): Promise<void> {
  const pairs = new Map<Variant, Pair>()
  try {
    for (const variant of variants) pairs.set(variant, await Pair.of(framework, variant))
    const slices = new Map(variants.map((variant) => [variant, [] as (readonly [number, number])[]]))
    const warm = performance.now() + Math.max(effort.settled, variants.length * effort.warmUp)
    while (performance.now() < warm) for (const pair of pairs.values()) await pair.slice()
    for (let round = 0; round < effort.slices; round++) {
      for (const variant of turned(variants, round)) slices.get(variant)!.push(await pairs.get(variant)!.slice())
    }
    for (const [variant, all] of slices) {
      into.get(variant)!.cpu.push(median(all.map(([cpu]) => cpu)))
      into.get(variant)!.rate.push(median(all.map(([, rate]) => rate)))
    }
  } finally {
    for (const pair of pairs.values()) await pair.end()
  }
}

async function inProcess(
  framework: Framework,
  variants: readonly Variant[],
  effort: Effort,
  into: Measured
): Promise<void> {
  const launches = new Map<Variant, Launch>()
  try {
    for (const variant of variants) {
      const launch = new Launch('overhead/inprocess.ts', [framework, variant, String(effort.warmUp)])
      launches.set(variant, launch)
      await launch.next()
    }
    const best = new Map<Variant, number>()
    for (let round = 0; round < effort.batches; round++) {
      for (const variant of turned(variants, round)) {
        const { cost } = await launches.get(variant)!.ask<InProcess>('batch')
        best.set(variant, Math.min(cost, best.get(variant) ?? Infinity))
      }
    }
    for (const [variant, cost] of best) into.get(variant)!.inProcess.push(cost)
  } finally {
    for (const launch of launches.values()) await launch.end()
  }
}

/** There and back, so that whoever comes after whom changes. */
function turned<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed()
}

/**
 * Launches all variants anew, again and again, and lets them work in turns of a fraction of a second: what slows the
 * machine down for a while slows down all of them.
 */
export async function measure(framework: Framework, variants: readonly Variant[], effort: Effort): Promise<Measured> {
  const measured: Measured = new Map(variants.map((variant) => [variant, { inProcess: [], cpu: [], rate: [] }]))
  for (let round = 0; round < Math.max(effort.inProcess, effort.http); round++) {
    const order = turned(variants, round)
    if (round < effort.inProcess) await inProcess(framework, order, effort, measured)
    if (round < effort.http) await overHttp(framework, order, effort, measured)
    console.error(`  ${framework}: launch ${round + 1}`)
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

/** Each launch against the bare ones beside it: both of them, or the first where the second, the control, is judged itself. */
export function added(measured: Measured, variant: Variant): Added {
  const launches = measured.get(variant)!
  const [base, cpu] = [beside(measured, variant, 'inProcess'), beside(measured, variant, 'cpu')]
  return {
    inProcess: spread(launches.inProcess.map((value, launch) => value - base[launch]!)),
    cpu: spread(launches.cpu.map((value, launch) => value - cpu[launch]!)),
    rate: spread(shares(measured, variant)),
  }
}

/** Percent of bare throughput, by launch. */
export function shares(measured: Measured, variant: Variant): readonly number[] {
  const bare = beside(measured, variant, 'rate')
  return measured.get(variant)!.rate.map((value, launch) => (value / bare[launch]!) * 100)
}

function beside(measured: Measured, variant: Variant, of: keyof Launches): readonly number[] {
  const bare = variant === 'control' ? (['bare'] as const) : (['bare', 'control'] as const)
  const all = bare.map((one) => measured.get(one)?.[of] ?? []).filter((values) => values.length > 0)
  return measured.get(variant)![of].map((_, launch) => mean(all.map((values) => values[launch]!)))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
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
    const measured = await measure(framework, VARIANTS[framework], effort)
    all.set(framework, measured)
    section.lines.push(...table(framework, measured))
    section.aims.push(...aims(framework, measured))
  }
  section.lines.push(
    `Medians of ${effort.inProcess} launches in process and ${effort.http} over HTTP (in brackets the middle half), each against the bare servers launched`,
    `beside it. All of a row's table run at once and work in turns: ${effort.batches} batches of 0.1 s in process, of which the best counts;`,
    `${effort.slices} slices of ${SLICE / 1000} s over HTTP, of which the median counts. In process: framework and HTTP parser whole, the socket made of`,
    'JavaScript, CPU of all threads. Over HTTP: a load generator in a process of its own, which never sleeps while it measures',
    '(who answers late would pay for waking it), 32 connections; measured once our first burst of events is in the store.'
  )
  return { ...section, readme: summary(all) }
}

if (import.meta.main) {
  build()
  installPeers()
  const share = process.argv.includes('--quick') ? { inProcess: 3, http: 3, batches: 12 } : {}
  await alone(() => overhead({ ...FULL, ...share }))
}
