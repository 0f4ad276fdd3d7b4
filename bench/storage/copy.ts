import type { Box, Name, StorageDriver } from '../../src/storage/driver.ts'
import { sqlite } from '../../src/storage/sqlite.ts'

const TIERS = ['1m', '15m', '1h', '1d'] as const
const AT_ONCE = 50

/** Opens a store and puts what a file has into it, as its sealer would have left it. */
export async function copy(file: string, now: number, to: StorageDriver): Promise<void> {
  const from = sqlite(file)
  await from.open()
  await to.open()
  const names: Name[] = []
  for await (const name of from.names()) names.push(name)
  await to.put({ boxes: [], names, events: [], time: now })
  for (const tier of TIERS) {
    let boxes: Box[] = []
    for await (const box of from.boxes({ tier, which: 'sealed', from: 0, to: now, detail: true })) {
      if (boxes.push(box) < AT_ONCE) continue
      await to.put({ boxes, names: [], events: [], time: now })
      boxes = []
    }
    await to.put({ boxes, names: [], events: [], time: now })
    const mark = await from.get(`sealed:${tier}`)
    if (mark !== undefined) await to.swap(`sealed:${tier}`, undefined, mark)
  }
  await from.close()
}
