import { readFileSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative, sep } from 'node:path'
import { root, scratch, tool } from './step.ts'

const folder = join(scratch, 'coverage')

/** V8 writes here at the end of every process and worker thread that inherits NODE_V8_COVERAGE. */
export const rawCoverage: string = join(folder, 'raw')

/** Forgets an earlier run. */
export function clearCoverage(): void {
  rmSync(folder, { recursive: true, force: true })
}

interface Summary {
  readonly [file: string]: { readonly lines: { readonly pct: number } }
}

/** Adds up what all processes and threads ran; core must be whole, every other file 90 % of its lines. */
export async function judgeCoverage(): Promise<string | undefined> {
  const reporters = ['--reporter', 'text', '--reporter', 'json-summary', '--reporter', 'lcovonly', '--skip-full']
  const where = ['--temp-directory', rawCoverage, '--reports-dir', folder, '--merge-async']
  const what = ['--all', '--src', 'src', '--include', 'src/**/*.ts', '--extension', '.ts']
  const ended = await tool('c8/bin/c8.js', ['report', ...where, ...what, ...reporters])
  if (ended.code !== 0) return ended.output
  const summary = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')) as Summary
  const short = Object.entries(summary).flatMap(([file, { lines }]) => {
    const name = relative(root, file).split(sep).join('/')
    const floor = name.startsWith('src/core/') ? 100 : 90
    if (file === 'total' || lines.pct >= floor || holdsOnlyTypes(file)) return []
    return [`${name}: ${lines.pct} % of lines, ${floor} % wanted`]
  })
  return short.length ? `coverage is short\n${short.join('\n')}` : undefined
}

// A file of interfaces is never loaded, so it cannot be covered.
function holdsOnlyTypes(file: string): boolean {
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'))
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*|export\s*\{\s*\}/g, '').trim() === ''
}
