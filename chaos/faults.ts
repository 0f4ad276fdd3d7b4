import type { Fault } from './fault.ts'
import { leap, skew } from './faults/clock.ts'
import { away, scribble, unlink } from './faults/file.ts'
import { coma, freeze } from './faults/freeze.ts'
import { kill } from './faults/kill.ts'
import { lock, reader } from './faults/lock.ts'
import { maintain, seal } from './faults/seal.ts'
import { impatient, term } from './faults/term.ts'

/** Everything that may go wrong; another fault is a file in faults/ and a line here. */
export const FAULTS: readonly Fault[] = [
  ...[kill, freeze, coma, term, impatient],
  ...[seal, maintain, skew, leap],
  ...[lock, reader, unlink, scribble, away],
]
