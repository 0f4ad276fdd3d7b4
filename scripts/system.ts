import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, scratch } from './step.ts'

const extracted = join(scratch, 'debian')

/** PATH with the programs that `installSystem` unpacked. */
export const searchPath: string = [join(extracted, 'usr', 'bin'), process.env['PATH']].join(delimiter)

/** Brings the programs that tests talk to: promtool and prometheus, sqlite3. Does nothing where they are there. */
export async function installSystem(): Promise<string | undefined> {
  const missing = ['promtool', 'prometheus', 'sqlite3'].filter((program) => !found(program))
  if (missing.length === 0) return undefined
  if (!found('apt-get')) return `install ${missing.join(', ')} first: tests need them`
  await run('apt-get', ['update', '-q'], { quiet: true })
  if (!found('promtool') || !found('prometheus')) {
    const wrong = await unpack('prometheus')
    if (wrong) return wrong
  }
  return found('sqlite3') ? undefined : install('sqlite3')
}

function found(program: string): boolean {
  return searchPath.split(delimiter).some((folder) => existsSync(join(folder, program)))
}

// Unpacked and not installed: Debian's package would start a Prometheus server on this machine.
async function unpack(name: string): Promise<string | undefined> {
  mkdirSync(extracted, { recursive: true })
  const download = await run('apt-get', ['download', '-q', name], { quiet: true, cwd: extracted })
  const file = readdirSync(extracted).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'))
  if (!file) return `Debian's package ${name} could not be downloaded:\n${download.output}`
  const ended = await run('dpkg-deb', ['-x', file, '.'], { quiet: true, cwd: extracted })
  return ended.code === 0 ? undefined : ended.output
}

async function install(name: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return `run this first: sudo apt-get install ${name}`
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const ended = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { quiet: true, env })
  return ended.code === 0 ? undefined : ended.output
}
