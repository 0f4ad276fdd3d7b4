import { describe } from 'node:test'
import type { TestApp } from '../apps/app.ts'
import { endings } from './endings.ts'
import { names } from './names.ts'
import { oddities } from './oddities.ts'
import { ownership } from './ownership.ts'
import { untouched } from './untouched.ts'

/** What must hold in every framework. */
export function suite(app: TestApp): void {
  describe(app.name, () => {
    // First: its first answers are those of a process in which nothing of ours has been hooked in.
    untouched(app)
    names(app)
    endings(app)
    oddities(app)
    ownership(app)
  })
}
