import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as http from '../src/collectors/http.ts'
import type * as system from '../src/collectors/system/collector.ts'
import type * as usage from '../src/collectors/system/usage.ts'
import type * as box from '../src/core/box.ts'
import type * as bytes from '../src/core/bytes.ts'
import type * as ids from '../src/core/ids.ts'
import type * as labels from '../src/core/labels.ts'
import type * as merge from '../src/core/merge.ts'
import type * as point from '../src/core/point.ts'
import type * as registry from '../src/core/registry.ts'
import type * as tiers from '../src/core/tiers.ts'
import type * as time from '../src/core/time.ts'
import type * as window from '../src/core/window.ts'
import type * as index from '../src/index.ts'
import type * as names from '../src/names.ts'
import type * as sqlite from '../src/storage/sqlite.ts'
import type * as store from '../src/store.ts'

/** The folder that holds package.json. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

const bench = fileURLToPath(new URL('.', import.meta.url))
/** What is published, as it is published; and every source by itself, for the loops that need a part. */
const published = join(root, '.build', 'bench', 'dist')
const modules = join(root, '.build', 'bench', 'modules')
const ENTRIES = ['index', 'storage/sqlite']

/** Builds into folders of our own: what is measured is what is published, whoever builds `dist` meanwhile. */
export function build(): void {
  const inputs = [...globSync('src/**/*.ts', { cwd: root }), 'scripts/build.ts', 'scripts/chunks.ts', 'package.json']
  const newest = Math.max(...inputs.map((path) => statSync(join(root, path)).mtimeMs))
  if (existsSync(done) && statSync(done).mtimeMs > newest) return
  node('tsc', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', ...PLAIN])
  node('the build', [join(root, 'scripts', 'build.ts')])
  rmSync(published, { recursive: true, force: true })
  cpSync(join(root, 'dist'), published, { recursive: true })
  writeFileSync(done, '')
}

const done = join(root, '.build', 'bench', 'built')
const PLAIN = ['--outDir', modules, '--declaration', 'false', '--declarationMap', 'false', '--isolatedDeclarations']
PLAIN.push('false', '--emitDeclarationOnly', 'false', '--noEmitOnError')

function node(what: string, args: readonly string[]): void {
  const env = { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter) }
  const ended = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env })
  if (ended.status !== 0) throw new Error(`${what} failed:\n${ended.stdout}${ended.stderr}`)
}

/** The URL of a compiled file, by its path in src without ending. */
export function urlOf(path: string): URL {
  return pathToFileURL(join(ENTRIES.includes(path) ? published : modules, `${path}.js`))
}

interface Modules {
  readonly index: typeof index
  readonly names: typeof names
  readonly 'collectors/http': typeof http
  readonly 'collectors/system/collector': typeof system
  readonly 'collectors/system/usage': typeof usage
  readonly 'core/box': typeof box
  readonly 'core/bytes': typeof bytes
  readonly 'core/ids': typeof ids
  readonly 'core/labels': typeof labels
  readonly 'core/merge': typeof merge
  readonly 'core/point': typeof point
  readonly 'core/registry': typeof registry
  readonly 'core/tiers': typeof tiers
  readonly 'core/time': typeof time
  readonly 'core/window': typeof window
  readonly 'storage/sqlite': typeof sqlite
  readonly store: typeof store
}

/** A compiled file of ours, by its path in src without ending. */
export async function load<Path extends keyof Modules>(path: Path): Promise<Modules[Path]> {
  return (await import(urlOf(path).href)) as Modules[Path]
}

/** Installs what we are measured against, in exactly the versions of bench/package.json, unless it is there. */
export function installPeers(): void {
  const wanted = readFileSync(join(bench, 'package-lock.json'), 'utf8')
  const has = join(bench, 'node_modules', '.package-lock.json')
  if (existsSync(has) && sameVersions(wanted, readFileSync(has, 'utf8'))) return
  console.error('installing what we are measured against …')
  const ended = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: bench,
    shell: process.platform === 'win32',
    encoding: 'utf8',
  })
  if (ended.status !== 0) throw new Error(`npm ci in bench/ failed:\n${ended.stdout}${ended.stderr}`)
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>
}

function sameVersions(wanted: string, installed: string): boolean {
  const { packages: want } = JSON.parse(wanted) as Lock
  const { packages: have } = JSON.parse(installed) as Lock
  return Object.entries(have).every(([path, { version }]) => want[path]?.version === version)
}

const requirePeer = createRequire(join(bench, 'package.json'))
const requireSwagger = createRequire(join(bench, 'swagger-stats', 'package.json'))

/** A package of bench/package.json, required: only so can OpenTelemetry hook into it without a loader. */
export function peer<T>(name: string): T {
  return (name === 'swagger-stats' ? requireSwagger(name) : requirePeer(name)) as T
}

/** The versions that were installed, for the report. */
export function peerVersions(): Readonly<Record<string, string>> {
  const { packages } = JSON.parse(readFileSync(join(bench, 'package-lock.json'), 'utf8')) as Lock
  const found: Record<string, string> = {}
  for (const [path, { version }] of Object.entries(packages)) {
    const name = /^(?:swagger-stats\/)?node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
    if (name !== undefined && version !== undefined) found[name] ??= version
  }
  return found
}
