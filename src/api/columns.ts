import { snake } from '../query/columns.ts'

/** Labels as columns, spelt as `query` spells them (`[a-z][a-z0-9_]*`): none like one of `taken`, none twice. */
export function columnsFor(labels: Iterable<string>, taken: readonly string[]): Map<string, string> {
  const used = new Set(taken)
  const columns = new Map<string, string>()
  for (const label of labels) {
    const plain = snake(label)
    const wanted = /^[a-z]/.test(plain) && !used.has(plain) ? plain : `label_${plain}`
    let free = wanted
    for (let n = 2; used.has(free); n++) free = `${wanted}_${n}`
    used.add(free)
    columns.set(label, free)
  }
  return columns
}
