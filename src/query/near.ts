/** The one of `names` that `text` was most likely meant to be: at most `most` letters typed wrong, left out, added or swapped. */
export function near(text: string, names: Iterable<string>, most: number): string | undefined {
  let best: string | undefined
  let least = most + 1
  for (const name of names) {
    if (Math.abs(name.length - text.length) >= least) continue
    const distance = edits(text.toLowerCase(), name.toLowerCase())
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** Edits from one to the other, a swap of neighbours being one (optimal string alignment). */
function edits(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
