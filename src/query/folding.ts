import type { Point } from '../core/point.ts'
import type { Filter } from './question.ts'

/** Stands for the whole label set of a series where groups are told apart by it; no label is called so. */
export const SERIES = '\0series'

/** Half-open spans of time, ascending and apart, Unix ms on whole minutes (the end of the last one may be any moment). */
export interface Spans {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** One metric to fold, its points told apart by up to `slots` conditions on their labels. */
export interface Measure {
  /** The name of a stored metric (not of a derived one). */
  readonly metric: string
  /** Whether what is beside the scalars will be read: histograms, for percentiles, or sketches, for different ones. */
  readonly detail: boolean
  readonly slots: number
  /** Names what `slot` does: two measures of one metric and key are the same, so that what was folded can be remembered. */
  readonly key?: string
  /** The slot of a label set, 0 … slots - 1, or -1 to leave it out. Called once per label set. */
  slot(labels: ReadonlyMap<string, string>): number
}

/** What to fold: every box is read once, whatever the number of measures. */
export interface Folding {
  readonly spans: Spans
  readonly measures: readonly Measure[]
  /** Labels to group by; `status_class` is derived from `status`. */
  readonly labels: readonly string[]
  readonly filters: readonly Filter[]
}

/** All points that have the same values of the labels grouped by. */
export interface Group {
  /** One per label; null where a series has no such label. */
  readonly values: readonly (string | null)[]
  /** The first span in which anything was recorded. */
  readonly first: number
  /** The merged point of one measure, slot and span; undefined where nothing was recorded. */
  at(measure: number, slot: number, span: number): Point | undefined
  /** The same, merged over all spans. */
  whole(measure: number, slot: number): Point | undefined
}

export interface Folded {
  readonly groups: readonly Group[]
  /** The labels that series of the measures have in these spans, filtered out or not; null if there are no series. */
  readonly seen: ReadonlySet<string> | null
  /** Whether any of these series stands for label sets that were too many. */
  readonly overflow: boolean
  /** Groups that are exact together, where `groups` may be estimates. */
  readonly totals?: readonly Group[]
  /** Why numbers may be assigned a little off, or null. */
  readonly warning: string | null
}
