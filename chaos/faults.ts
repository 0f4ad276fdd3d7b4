import type { Fault } from './fault.ts'
import { kill } from './faults/kill.ts'

/** Everything that may go wrong; another fault is a file in faults/ and a line here. */
export const FAULTS: readonly Fault[] = [kill]
