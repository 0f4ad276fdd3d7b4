import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Field } from '../field.ts'

/** How much the small disk holds: with less to spare single events are not kept. */
const SIZE = '160m'

/** A file on a small disk of its own, which can be filled. Only root may mount one. */
export async function disk(): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-chaos-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'pocketmetrics', folder])
  const file = join(folder, 'metrics.db')
  const url = `sqlite://${file}`
  const end = async (): Promise<void> => {
    // Also while somebody still looks at it.
    execFileSync('umount', ['--lazy', folder])
    rmSync(folder, { recursive: true, force: true })
  }
  return { store: 'sqlite-disk', url, truth: url, env: {}, before: [], file, folder, disk: folder, end }
}
