import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A fresh folder, gone after the test. */
export function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}
