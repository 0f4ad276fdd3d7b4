import type { Tier } from '../core/tiers.ts'
import type { Window } from '../core/window.ts'
import { Chosen } from './chosen.ts'
import { choiceOf, type Cover, cover } from './cover.ts'
import { metricId } from './dictionary.ts'
import type { Folded, Folding } from './folding.ts'
import { FoldedGroup } from './group.ts'
import { type FoldMemory, isNamed, isStill, keyOf } from './memory.ts'
import { openBox } from './opened.ts'
import { runs } from './pieces.ts'
import type { Bounds, Reader } from './reader.ts'
import { LabelSets, type Part } from './sets.ts'
import type { Recalled } from './recall.ts'
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
  warnings: Set<string>,
  recall: (version: string | undefined) => readonly Window[] | undefined = () => undefined
): AsyncGenerator<Cover> {
  const { driver, kept, shelves } = reader
  const home = zoneOf(reader.timezone)
  const warn = (text: string): void => void warnings.add(text)
  const from = { driver, kept, home, ...(shelves === undefined ? {} : { shelves }) }
  for await (const each of cover({ ...from, spans: folding.spans, detail, skim, now, recall, warn })) {
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
  const { folding, reader, now, bounds } = job
  const warnings = new Set<string>()
  const sets = new LabelSets(folding)
  const key = keyOf(folding, 'all')
  const choice = key + choiceOf({ spans: folding.spans, now, kept: reader.kept })
  let version: string | undefined
  let known: Recalled | undefined
  const recall = (seen: string | undefined): readonly Window[] | undefined => {
    version = seen
    known = memory.recall.get(seen, choice)
    for (const { contents } of known?.windows ?? []) bounds.met?.(contents)
    return known?.windows
  }
  const chosen = new Chosen(detail)
  let rest: Part | undefined
  for await (const each of covers(job, detail, detail, warnings, recall)) {
    if (each.tier === 'open') rest ??= sets.part()
    // Scalars are here already: what is too much to be remembered is folded at once, and let go.
    if (!chosen.keeps(each)) await take(job, sets, each)
  }
  rest ??= sets.part()
  const open = sets.part()
  if (known !== undefined) return folded(job, [open, known.part], [...known.warnings, ...warnings])
  const parts = rest.seen === null ? [] : [rest]
  for (const [tier, some] of chosen.tiers) {
    const part = await remembered(job, sets, memory, tier, some, detail)
    if (part === undefined) return undefined
    parts.push(part)
  }
  const part = memory.whole(key, parts, united)
  // A lost name is told again.
  if (!part.nameless) memory.recall.set(version, choice, { windows: chosen.windows, part, warnings: [...warnings] })
  return folded(job, [open, part], warnings)
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
