import { Point } from '../core/point.ts'
import { Sketch } from '../core/sketch.ts'
import type { Folded, Group } from './folding.ts'

/** Label values of invented answers. */
const VALUES: Readonly<Record<string, string>> = {
  endpoint: '/users/:id',
  method: 'GET',
  status: '200',
  status_class: '2xx',
  provider: 'provider-1',
  model: 'model-a',
}

/** One group in which every span has something, so that every field of every row has its type. */
export function imagine(labels: readonly string[], scale: number): Folded {
  const values = labels.map((label) => VALUES[label] ?? 'example')
  const point = new Point(true)
  for (const value of [12, 13, 15, 20]) point.observe(value * scale, 0)
  point.sketch = new Sketch()
  for (let id = 0; id < Math.round(60 * scale); id++) point.sketch.add(id << 8, 0)
  const group: Group = { values, first: 0, at: () => point, whole: () => point }
  return { groups: [group], seen: new Set(labels), overflow: false, warning: null }
}
