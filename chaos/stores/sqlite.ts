import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Field } from '../field.ts'

/** A file that all processes share. */
export async function sqlite(): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-chaos-'))
  const file = join(folder, 'metrics.db')
  const url = `sqlite://${file}`
  const end = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
  return { store: 'sqlite', url, truth: url, env: {}, before: [], file, folder, end }
}
