import { readFile } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'
import { sparing } from './builtins.ts'

type Inputs = Metafile['inputs']

/** Options of a build whose paths are known. */
export interface Entries extends BuildOptions {
  readonly absWorkingDir: string
  readonly entryPoints: { readonly in: string; readonly out: string }[]
}

const WORKER = 'src/worker.ts'
const ALL = ['import-statement', 'dynamic-import']
/** What is loaded by the app's thread as soon as the package is, and by the thread beside the data. */
const FRONT = 'src/metrics.ts'
const BESIDE = ['src/stores.ts', 'src/store.ts', 'src/storage/open.ts']

/**
 * Few chunks, rather than one for each set of files that share something: Node takes longer for each that it loads than
 * for its bytes. What is imported later runs where its side's files are loaded already. Said to the bundler as imports
 * of all that loading begins at, this leaves one chunk for either side and one for what both have.
 */
export async function fewChunks(options: Entries): Promise<BuildOptions> {
  const { absWorkingDir: root, entryPoints, logOverride } = options
  const { inputs } = (await build({ ...options, splitting: false, write: false, metafile: true })).metafile
  const beside = reached(inputs, WORKER, ALL)
  const both = [...reached(inputs, FRONT, ['import-statement'])].filter((file) => beside.has(file))
  const begun = [...entryPoints.map((entry) => entry.in), ...later(inputs)]
  const loaded = new Map(begun.map((file) => [file, beside.has(file) ? [...BESIDE, ...both] : [FRONT]]))
  const plugin: Plugin = {
    name: 'few chunks',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const files = loaded.get(relative(root, path).replaceAll(sep, '/')) ?? []
        const imports = files.map((file) => `import ${JSON.stringify(`${root}/${file}`)}`)
        return { contents: [sparing(await readFile(path, 'utf8')), ...imports].join('\n'), loader: 'ts' }
      })
    },
  }
  // They run nothing, and are about chunks alone.
  return { ...options, plugins: [plugin], logOverride: { ...logOverride, 'ignored-bare-import': 'silent' } }
}

/** Files that are imported by `import()`. */
function later(inputs: Inputs): readonly string[] {
  const imports = Object.values(inputs).flatMap((one) => one.imports)
  return imports.filter(({ kind, path }) => kind === 'dynamic-import' && path in inputs).map(({ path }) => path)
}

/** All that `from` loads by imports of these kinds. */
function reached(
  inputs: Inputs,
  from: string,
  kinds: readonly string[],
  all: Set<string> = new Set()
): ReadonlySet<string> {
  if (all.has(from) || !(from in inputs)) return all
  all.add(from)
  for (const { path, kind } of inputs[from]?.imports ?? []) if (kinds.includes(kind)) reached(inputs, path, kinds, all)
  return all
}
