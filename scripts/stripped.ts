import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { root, scratch } from './step.ts'

const folder = join(scratch, 'stripped')
const preload = join(folder, 'preload.js')

/** Erases the types of all that tests load, as Node does it, at the same places; gives the NODE_OPTIONS that use it. */
export function strip(): string {
  rmSync(folder, { recursive: true, force: true })
  for (const file of globSync('{src,test,scripts,chaos,demo}/**/*.ts', { cwd: root })) {
    const to = join(folder, file)
    mkdirSync(dirname(to), { recursive: true })
    try {
      writeFileSync(to, stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')))
    } catch {
      // Who loads it is told what is wrong with it.
    }
  }
  const entry = join(root, 'scripts', 'preload.ts')
  buildSync({ entryPoints: [entry], outfile: preload, bundle: true, format: 'esm', platform: 'node', target: 'node20' })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return `--import=${pathToFileURL(preload).href}`
}
