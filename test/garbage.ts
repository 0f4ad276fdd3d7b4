import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Whether nothing but the reference itself holds the object any more. */
export async function isForgotten(reference: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 20 && reference.deref() !== undefined; turn++) {
    // A reference that was read keeps its object until the turn is over.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  return reference.deref() === undefined
}

/** Bytes that are in use once all garbage is gone. */
export function inUse(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
