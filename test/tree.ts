import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

/** A syntax node as the parser gives it, with positions in UTF-16 units. */
export interface Syntax {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** A function of a file and how many lines it takes. */
export interface Measured {
  readonly line: number
  readonly lines: number
}

/** One source file, parsed. */
export interface Source {
  /** Path in src, with forward slashes: `core/point.ts`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Files of src that it imports, types included. */
  readonly imports: readonly string[]
  /** Packages and node: modules that it imports when it is loaded (not types, not import()). */
  readonly packages: readonly string[]
  readonly exports: readonly string[]
  readonly functions: readonly Measured[]
  /** Every syntax node with its line, and whether it stands outside of all functions. */
  readonly nodes: readonly { readonly node: Syntax; readonly line: number; readonly outermost: boolean }[]
}

const src = fileURLToPath(new URL('../src', import.meta.url))
const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** All files of src. */
export function sources(): readonly Source[] {
  return globSync('**/*.ts', { cwd: src })
    .map((path) => path.split('\\').join('/'))
    .sort()
    .map(read)
}

function read(path: string): Source {
  const text = readFileSync(join(src, path), 'utf8')
  const { program, module, errors } = parseSync(basename(path), text)
  if (errors.length) throw new Error(`${path}: ${errors[0]?.message}`)
  const lineOf = lineCounter(text)
  const nodes = [...walk(program as unknown as Syntax, true)].map((found) => ({
    ...found,
    line: lineOf(found.node.start),
  }))
  const asked = [
    ...module.staticImports.map((one) => one.moduleRequest.value),
    ...reExported(module),
    ...dynamic(nodes),
  ]
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: [...new Set(asked.filter((to) => to.startsWith('.')).map((to) => posix.join(dirname(path), to)))],
    packages: module.staticImports
      .filter((one) => one.entries.length === 0 || one.entries.some((entry) => !entry.isType))
      .map((one) => one.moduleRequest.value)
      .filter((to) => !to.startsWith('.')),
    exports: module.staticExports.flatMap((one) =>
      one.entries.map((entry) => entry.exportName.name ?? entry.exportName.kind)
    ),
    functions: nodes
      .filter(({ node }) => functionTypes.has(node.type))
      .map(({ node, line }) => ({ line, lines: lineOf(node.end) - line + 1 })),
    nodes,
  }
}

function reExported(module: ReturnType<typeof parseSync>['module']): string[] {
  return module.staticExports.flatMap((one) => one.entries.flatMap((entry) => entry.moduleRequest?.value ?? []))
}

function dynamic(nodes: readonly { readonly node: Syntax }[]): string[] {
  return nodes.flatMap(({ node }) => {
    const asked = node.type === 'ImportExpression' || node.type === 'TSImportType' ? node['source'] : undefined
    const value = (asked as { value?: unknown } | undefined)?.value
    return typeof value === 'string' ? [value] : []
  })
}

function* walk(node: Syntax, outermost: boolean): Generator<{ node: Syntax; outermost: boolean }> {
  yield { node, outermost }
  const inside = outermost && !functionTypes.has(node.type)
  for (const child of Object.values(node).flat()) {
    if (typeof child === 'object' && child !== null && 'type' in child) yield* walk(child as Syntax, inside)
  }
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)]
  return (offset) => {
    const after = starts.findIndex((start) => start > offset)
    return after === -1 ? starts.length : after
  }
}
