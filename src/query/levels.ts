import { Point } from '../core/point.ts'
import { SECOND } from '../core/time.ts'
import type { Across } from '../names.ts'
import { type Folded, type Group, SERIES } from './folding.ts'
import { merged, MergedGroup } from './group.ts'

/** What is grouped by besides what was asked, so that each series stays by itself. */
export const APART: readonly string[] = ['instance', SERIES]

/** Gauges are read six times a minute: an instance that is silent for longer than the latest one by this much has gone. */
const SILENT = 30 * SECOND

/** One series of a group. */
interface Member {
  readonly instance: string | null
  readonly group: Group
}

/** How the latest values of each measure come to one; null: the measure is no gauge. */
export type Acrosses = readonly (Across | null)[]

/** Series by what was asked to group by; the latest values of a gauge are those of all its series together. */
export function levelled(found: Folded, labels: number, across: Acrosses): Folded {
  const groups = new Map<string, Member[]>()
  for (const group of found.groups) {
    const key = group.values.slice(0, labels).join('\0')
    const member = { instance: group.values[labels] ?? null, group }
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [member])
    else known.push(member)
  }
  const made = [...groups.values()].map(
    (members) => new LevelGroup(members[0]!.group.values.slice(0, labels), members, across)
  )
  return { ...found, groups: made }
}

/** Several series as one group. */
export class LevelGroup implements Group {
  readonly values: readonly (string | null)[]
  readonly members: readonly Member[]
  readonly across: Acrosses
  readonly #wholes = new Map<string, Point | undefined>()

  constructor(values: readonly (string | null)[], members: readonly Member[], across: Acrosses) {
    this.values = values
    this.members = members
    this.across = across
  }

  get first(): number {
    return Math.min(...this.members.map(({ group }) => group.first))
  }

  at(measure: number, slot: number, span: number): Point | undefined {
    return this.#level(measure, (group) => group.at(measure, slot, span))
  }

  whole(measure: number, slot: number): Point | undefined {
    const key = `${measure} ${slot}`
    if (!this.#wholes.has(key))
      this.#wholes.set(
        key,
        this.#level(measure, (group) => group.whole(measure, slot))
      )
    return this.#wholes.get(key)
  }

  #level(measure: number, pick: (group: Group) => Point | undefined): Point | undefined {
    const points = this.members.map(({ group }) => pick(group))
    const all = merged(points)
    const across = this.across[measure]
    if (across === null || across === undefined || all === undefined) return all
    const levels = live(this.members, points, all.at)
    if (levels.length === 0) return all
    const level = new Point()
    level.merge(all)
    level.last = together(levels, across)
    return level
  }
}

/** Groups as one, called `values`. */
export function groupOf(values: readonly (string | null)[], groups: readonly Group[]): Group {
  const levels = groups.filter((group) => group instanceof LevelGroup)
  const members = levels.flatMap((level) => level.members)
  return levels.length === 0 ? new MergedGroup(values, groups) : new LevelGroup(values, members, levels[0]!.across)
}

/** The latest values of the series whose instance was still there at the end. */
function live(members: readonly Member[], points: readonly (Point | undefined)[], end: number): number[] {
  const heard = new Map<string | null, number>()
  members.forEach(({ instance }, i) => {
    heard.set(instance, Math.max(heard.get(instance) ?? -1, points[i]?.at ?? -1))
  })
  return members.flatMap(({ instance }, i) => {
    const point = points[i]
    if (point === undefined || point.at < 0) return []
    return instance === null || heard.get(instance)! >= end - SILENT ? [point.last] : []
  })
}

function together(levels: readonly number[], across: Across): number {
  if (across === 'max') return Math.max(...levels)
  const sum = levels.reduce((all, level) => all + level, 0)
  return across === 'mean' ? sum / levels.length : sum
}
