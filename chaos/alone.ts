import type { Fault } from './fault.ts'
import type { Field } from './field.ts'

const struck = new WeakSet<Field>()

/** Of faults that are made so one at a time strikes a store: a second could not be told to its server, or would be undone by the first one's end. */
export function alone(fault: Fault): Fault {
  return {
    ...fault,
    possible: (scene) => !struck.has(scene.field) && fault.possible(scene),
    async strike(scene, random) {
      struck.add(scene.field)
      const free = (): void => void struck.delete(scene.field)
      const back = await fault.strike(scene, random).catch((error: unknown) => {
        free()
        throw error
      })
      return () => back().finally(free)
    },
  }
}
