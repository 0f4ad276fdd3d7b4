import type { Tier } from '../core/tiers.ts'
import { type Cover, cover } from './cover.ts'
import { metricId } from './dictionary.ts'
import type { Folded, Folding } from './folding.ts'
import { FoldedGroup } from './group.ts'
import { type FoldMemory, isNamed, isStill, keyOf, MOST_OF_TIER } from './memory.ts'
import { openBox } from './opened.ts'
import { runs } from './pieces.ts'
import type { Bounds, Reader } from './reader.ts'
import { LabelSets, type Part } from './sets.ts'
import { watch } from './watch.ts'
import { zoneOf } from './zone.ts'

export type { Folded, Folding, Group, Measure, Spans } from './folding.ts'

/** One fold while it runs. */
interface Job {
  readonly folding: Folding
  /** By measure. */
  readonly metrics: readonly string[]
  readonly reader: Reader
  readonly now: number
  readonly bounds: Bounds
  readonly pause: () => Promise<void> | undefined
}

/** Reads every box of the spans once and merges its points by group, span, measure and slot. Empty groups do not occur. */
export async function fold(folding: Folding, reader: Reader, now: number, bounds: Bounds = {}): Promise<Folded> {
  const metrics = folding.measures.map(({ metric }) => metricId(metric))
  const job: Job = { folding, metrics, reader, now, bounds, pause: watch(bounds) }
  const detail = folding.measures.some((measure) => measure.detail)
  if (reader.memory !== undefined && isNamed(folding)) {
    const found = await remembering(job, reader.memory, detail)
    if (found !== undefined) return found
  }
  const warnings = new Set<string>()
  const sets = new LabelSets(folding)
  for await (const each of covers(job, detail, false, warnings)) await take(job, sets, each)
  return folded(job, [sets.part()], warnings)
}

async function* covers(
  { folding, reader, now, bounds }: Job,
  detail: boolean,
  skim: boolean,
  warnings: Set<string>
): AsyncGenerator<Cover> {
  const { driver, kept, shelves } = reader
  const home = zoneOf(reader.timezone)
  const warn = (text: string): void => void warnings.add(text)
  const from = { driver, kept, home, ...(shelves === undefined ? {} : { shelves }) }
  for await (const each of cover({ ...from, spans: folding.spans, detail, skim, now, warn })) {
    bounds.met?.(each.box.contents)
    yield each
  }
}

async function take(job: Job, sets: LabelSets, { box, span }: Pick<Cover, 'box' | 'span'>): Promise<void> {
  const fresh = sets.open(box.labels)
  if (fresh !== undefined) sets.learn(fresh, await job.reader.dictionary.labels(fresh))
  job.folding.measures.forEach((measure, m) => {
    box.fold(job.metrics[m]!, measure.detail, sets.target(m, span))
  })
  const paused = job.pause()
  if (paused !== undefined) await paused
}

/** Chooses boxes first, and folds those only of tiers that are not remembered; undefined if a box chosen is no longer there. */
async function remembering(job: Job, memory: FoldMemory, detail: boolean): Promise<Folded | undefined> {
  const warnings = new Set<string>()
  const sets = new LabelSets(job.folding)
  const tiers = new Map<Tier, Cover[]>()
  const bytes = new Map<Tier, number>()
  for await (const each of covers(job, detail, detail, warnings)) {
    const { tier, numbers } = each
    const held = tier === 'open' ? Infinity : (bytes.get(tier) ?? 0) + numbers.length
    // Scalars are here already: what is too much to be remembered is folded at once, and let go.
    if (tier === 'open' || (!detail && held > MOST_OF_TIER)) await take(job, sets, each)
    else {
      bytes.set(tier, held)
      if (tiers.has(tier)) tiers.get(tier)!.push(each)
      else tiers.set(tier, [each])
    }
  }
  const open = sets.part()
  const parts: Part[] = []
  for (const [tier, covers] of tiers) {
    const part = await remembered(job, sets, memory, tier, covers, detail)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return folded(job, [open, memory.whole(keyOf(job.folding, 'all'), parts, united)], warnings)
}

async function remembered(
  job: Job,
  sets: LabelSets,
  memory: FoldMemory,
  tier: Tier,
  covers: readonly Cover[],
  detail: boolean
): Promise<Part | undefined> {
  const key = keyOf(job.folding, tier)
  const boxes = covers.map(({ box, span, numbers }) => ({ start: box.start, end: box.end, span, numbers }))
  const known = memory.get(key, boxes)
  if (known !== undefined) return known
  const part = await (detail ? readAgain(job, sets, tier, covers) : foldAll(job, sets, covers))
  // A lost name is told again.
  if (part?.nameless === false) memory.set(key, boxes, part)
  return part
}

async function foldAll(job: Job, sets: LabelSets, covers: readonly Cover[]): Promise<Part> {
  for (const each of covers) await take(job, sets, each)
  return sets.part()
}

/** Folds chosen boxes of one tier with their detail; undefined if one of them has changed since, for then the choice is void. */
async function readAgain(job: Job, sets: LabelSets, tier: Tier, covers: readonly Cover[]): Promise<Part | undefined> {
  const wanted = new Map(covers.map((each) => [each.box.start, each]))
  for (const [from, to] of runs(covers)) {
    for await (const box of job.reader.driver.boxes({ tier, which: 'sealed', from, to, detail: true })) {
      const chosen = wanted.get(box.start)
      if (chosen === undefined) continue
      if (!isStill(chosen, box.numbers)) return undefined
      wanted.delete(box.start)
      await take(job, sets, { box: openBox(box), span: chosen.span })
    }
  }
  return wanted.size === 0 ? sets.part() : undefined
}

function folded({ reader }: Job, parts: readonly Part[], warnings: Iterable<string>): Folded {
  const { groups, seen, overflow, nameless } = united(parts)
  if (nameless) reader.nameless?.()
  return { groups, seen, overflow, warning: [...warnings][0] ?? null }
}

/** Parts as one, their points as they are where no other part has any; `size` is what merging them took. */
function united(parts: readonly Part[]): Part {
  const some = parts.filter((part) => part.groups.length > 0)
  const named = parts.filter((part) => part.seen !== null)
  return {
    groups: some.length <= 1 ? (some[0]?.groups ?? []) : join(some),
    seen: named.length === 0 ? null : new Set(named.flatMap((part) => [...part.seen!])),
    overflow: parts.some((part) => part.overflow),
    nameless: parts.some((part) => part.nameless),
    size: some.length <= 1 ? 0 : some.reduce((sum, part) => sum + part.size, 0),
  }
}

/** Groups with the same values as one. */
function join(parts: readonly Part[]): readonly FoldedGroup[] {
  const groups = new Map<string, FoldedGroup[]>()
  for (const group of parts.flatMap((part) => part.groups)) {
    const key = group.values.join('\0')
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [group])
    else known.push(group)
  }
  return [...groups.values()].map((same) => FoldedGroup.join(same))
}
