import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What Prometheus' own parser says of a text in its format: '' when it is well-formed; style is not judged. */
export function complaint(text: string): string {
  const { stderr, status, error } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  if (error !== undefined) throw error
  // 3 is lint, about names that users choose.
  return status === 0 || status === 3 ? '' : stderr
}

/** The same for style: every line that `promtool check metrics` prints. */
export function lint(text: string): string[] {
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  return stderr.split('\n').filter((line) => line !== '')
}

/** The same for OpenMetrics: the importer of Prometheus parses it strictly, but wants a time on each sample. */
export function openMetricsComplaint(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'openmetrics-'))
  try {
    const file = join(folder, 'in.txt')
    writeFileSync(file, text.replaceAll(/^([^#\n].*)$/gm, '$1 1795343400'))
    const { stderr, status, error } = spawnSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'out')],
      { encoding: 'utf8' }
    )
    if (error !== undefined) throw error
    return status === 0 ? '' : stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
