import { existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, scratch } from './step.ts'

const extracted = join(scratch, 'debian')

/** PATH with the programs that `installSystem` unpacked. */
export const searchPath: string = [join(extracted, 'usr', 'bin'), process.env['PATH']].join(delimiter)

/** What is installed for a program that is missing; each holds servers that tests start themselves, or tools. */
const packages: Readonly<Record<string, string>> = {
  sqlite3: 'sqlite3',
  'redis-server': 'redis-server',
  // Without the service, which is in a package of its own.
  mariadbd: 'mariadb-server-core',
  // What mariadb-install-db asks for its defaults.
  my_print_defaults: 'mariadb-client-core',
  postgres: 'postgresql',
  // What makes system calls fail, and clocks jump: for `npm run chaos`.
  strace: 'strace',
  faketime: 'faketime',
}

/** Where a program is, by its name; throws when it is nowhere. */
export function program(name: string): string {
  const file = where(name)
  if (file === undefined)
    throw new Error(`${name} is missing: run "npm test" once, or install ${packages[name] ?? name}`)
  return file
}

/**
 * Brings the programs that tests talk to: promtool and prometheus, sqlite3, and the servers of Redis, MariaDB and
 * PostgreSQL, none of which is left running. Does nothing where they are there.
 */
export async function installSystem(): Promise<string | undefined> {
  const missing = ['promtool', 'prometheus', ...Object.keys(packages)].filter((name) => where(name) === undefined)
  if (missing.length === 0) return undefined
  if (where('apt-get') === undefined) return `install ${missing.join(', ')} first: tests need them`
  await run('apt-get', ['update', '-q'], { quiet: true })
  if (missing.includes('promtool') || missing.includes('prometheus')) {
    const wrong = await unpack('prometheus')
    if (wrong) return wrong
  }
  const wanted = missing.flatMap((name) => packages[name] ?? [])
  return wanted.length === 0 ? undefined : quietly(() => install(wanted))
}

function where(name: string): string | undefined {
  // Debian keeps the server of PostgreSQL beside PATH, one folder for each version; the newest is taken.
  const versions = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => versionOf(b) - versionOf(a))
  const folders = [...versions, ...searchPath.split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

function versionOf(folder: string): number {
  return Number(folder.split('/').at(-2)) || 0
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

async function install(names: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return `run this first: sudo apt-get install ${names.join(' ')}`
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  // Two test files that are started by hand may both want to install.
  const how = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  const ended = await run('apt-get', ['install', ...how, ...names], { quiet: true, env })
  return ended.code === 0 ? undefined : ended.output
}

const policy = '/usr/sbin/policy-rc.d'
const kept = `${policy}.pocketmetrics`

/** Lets no package start a service meanwhile; `policy-rc.d` is what Debian asks, and 101 says no. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return act()
  // What an earlier run that was killed set aside is the machine's own.
  if (existsSync(policy) && !existsSync(kept)) renameSync(policy, kept)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await act()
  } finally {
    rmSync(policy, { force: true })
    if (existsSync(kept)) renameSync(kept, policy)
  }
}
