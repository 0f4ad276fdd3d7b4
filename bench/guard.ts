import { type Effort, measure, type Measured, added } from './overhead.ts'

const EFFORT: Effort = {
  inProcess: 5,
  http: 4,
  others: 0,
  warmUp: 700,
  batches: 12,
  httpWarmUp: 900,
  httpFor: 1_000,
  settled: 5_200,
}

/** What must hold in one run: no figure of a machine, only us against a peer. */
export interface Verdict {
  readonly line: string
  readonly holds: boolean
}

/** At least 25 points of throughput above fastify-metrics, and an eighth of its CPU at most. */
export function judge(measured: Measured): readonly Verdict[] {
  const [ours, peer] = [added(measured, 'ours'), added(measured, 'fastify-metrics')]
  const points = ours.rate.median - peer.rate.median
  const times = peer.inProcess.median / Math.max(ours.inProcess.median, 0.05)
  return [
    {
      line: `throughput of bare: ${ours.rate.median.toFixed(0)} % against ${peer.rate.median.toFixed(0)} % of fastify-metrics, ${points.toFixed(0)} points (25 wanted)`,
      holds: points >= 25,
    },
    {
      line: `CPU added: ${ours.inProcess.median.toFixed(2)} µs against ${peer.inProcess.median.toFixed(2)} µs of fastify-metrics, ${times.toFixed(1)} × (8 wanted)`,
      holds: times >= 8,
    },
  ]
}

/** Measures until it holds, twice at most: all launches of both are pooled then. Answers whether it does. */
export async function guard(): Promise<boolean> {
  const pooled: Measured = new Map()
  for (let attempt = 1; attempt <= 2; attempt++) {
    const measured = await measure('fastify', ['bare', 'ours', 'fastify-metrics'], EFFORT)
    for (const [variant, launches] of measured) {
      const known = pooled.get(variant)
      if (known === undefined) pooled.set(variant, launches)
      else for (const key of ['inProcess', 'cpu', 'rate'] as const) known[key].push(...launches[key])
    }
    const verdicts = judge(pooled)
    for (const { line, holds } of verdicts) console.log(`${holds ? '✔' : '✖'} ${line}`)
    if (verdicts.every(({ holds }) => holds)) return true
    if (attempt === 1) console.log('once more, in case the machine was busy:')
  }
  return false
}
