import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** A page for users, and what is in it. */
export interface Page {
  /** Path from the root. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

/** A block of code. */
export interface Block {
  readonly language: string
  readonly code: string
  /** Where it stands: `docs/export.md:12`. */
  readonly place: string
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

/** Every page that users read. */
export function pages(): readonly Page[] {
  return ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'examples/README.md', ...globSync('docs/*.md', { cwd: root })]
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const blocks = [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => {
        return { language, code, place: `${path}:${text.slice(0, index).split('\n').length}` }
      })
      return { path, text, blocks }
    })
}

/** The names in `export interface Options`. */
export function options(): ReadonlySet<string> {
  const source = readFileSync(join(root, 'src', 'config.ts'), 'utf8')
  const body = /export interface Options \{([\s\S]*?)^\}/m.exec(source)?.[1] ?? ''
  return new Set([...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map((match) => match[1]!))
}
