import { LABEL_LIMITS } from '../core/labels.ts'
import { isLabels, type LooseLabels } from './clean.ts'

const REFUSED = '-'

/**
 * Labels in the order in which they came, as one string; with lengths, so that no value can pass for another label. Those
 * that will be refused have a spelling that none has which is kept.
 */
export function spell(labels: LooseLabels): string {
  if (!isLabels(labels)) return REFUSED
  let [text, count] = ['', 0]
  for (const key in labels) {
    const value = labels[key]
    if (value === null || value === undefined) continue
    if (typeof value === 'object' || ++count > LABEL_LIMITS.count) return REFUSED
    const written = String(value)
    text += `${key.length}:${key}${written.length}:${written}`
  }
  return text
}
