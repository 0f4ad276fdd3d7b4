import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { type Source, sources } from './tree.ts'

const files = sources()
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

function none(offenders: readonly string[], reason: string): void {
  if (offenders.length > 0) assert.fail(`${reason}\n  ${[...new Set(offenders)].join('\n  ')}\n`)
}

/** What each folder may import besides itself. Files of src itself join the parts and have rows of their own. */
const may: Readonly<Record<string, readonly string[]>> = {
  core: [],
  storage: ['core/', 'errors.ts'],
  collectors: ['core/', 'names.ts', 'guard.ts'],
  llm: ['core/', 'names.ts', 'guard.ts', 'errors.ts'],
  health: ['core/', 'errors.ts'],
  pipeline: ['core/', 'guard.ts', 'storage/driver.ts', 'storage/store.ts'],
  query: ['core/', 'errors.ts', 'names.ts', 'storage/driver.ts'],
  alerts: ['core/', 'errors.ts', 'guard.ts', 'names.ts', 'query/', 'storage/store.ts'],
  exporters: ['core/', 'names.ts'],
  api: ['alerts/', 'core/', 'errors.ts', 'names.ts', 'query/', 'exporters/', 'storage/driver.ts', 'storage/store.ts'],
  server: ['core/', 'guard.ts', 'names.ts', 'collectors/', 'api/'],
  frameworks: ['server/', 'names.ts'],
  cli: ['core/', 'llm/prices/'],
  'names.ts': ['core/', 'names/'],
  names: [],
  'errors.ts': [],
  'guard.ts': ['core/', 'errors.ts'],
  'identity.ts': ['core/'],
}

test('a folder imports only what lies below it, so that data flows one way', () => {
  const offenders = files.flatMap((file) => {
    const [home = ''] = file.path.split('/')
    const allowed = may[home]
    if (!allowed && !file.path.includes('/')) return [] // index, metrics, config, … join the parts
    if (!allowed) return [`src/${file.path}: no rule says what ${home}/ may import; add one`]
    const strange = file.imports.filter(
      (to) => !to.startsWith(`${home}/`) && !allowed.some((prefix) => to.startsWith(prefix))
    )
    return strange.map((to) => `src/${file.path} imports src/${to}`)
  })
  none(offenders, 'an import goes up or sideways: pass the thing as an argument instead, or move it to core/')
})

test('nothing below imports the files that join the parts', () => {
  const joints = new Set(files.map((file) => file.path).filter((path) => !path.includes('/') && !may[path]))
  const offenders = files
    .filter((file) => file.path.includes('/'))
    .flatMap((file) => file.imports.filter((to) => joints.has(to)).map((to) => `src/${file.path} imports src/${to}`))
  none(offenders, 'a part knows the whole: let the joining file pass what it needs')
})

/** Folders that list alternatives: each of the named ones is a file or a folder that knows none of the others. */
const alternatives: readonly RegExp[] = [
  /^storage\/(memory|sqlite|redis|postgres)\b/,
  /^exporters\/(csv|json|prometheus|otlp)\b/,
  /^alerts\/notifiers\/(alertmanager|custom|discord|email|ntfy|slack|teams|telegram|webhook)\b/,
  /^frameworks\/(express|fastify|hono|koa|nest|node|http)\b/,
]

test('alternatives do not import each other', () => {
  const offenders = files.flatMap((file) => {
    const kind = alternatives.find((pattern) => pattern.test(file.path))
    const other = (to: string) => kind?.test(to) && kind.exec(to)?.[1] !== kind.exec(file.path)?.[1]
    return file.imports.filter(other).map((to) => `src/${file.path} imports src/${to}`)
  })
  none(offenders, 'a driver, framework or exporter must be removable by deleting its file')
})

test('there is no import cycle, type imports included', () => {
  none(cycles(files), 'files that need each other are one thing in two places, or share a third thing without a name')
})

function cycles(all: readonly Source[]): string[] {
  const imports = new Map(all.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (trail.includes(path) || done.has(path)) return
    for (const to of imports.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return found
}

test('core is pure: it imports no package and no Node module', () => {
  const offenders = files
    .filter((file) => file.path.startsWith('core/'))
    .flatMap((file) => file.packages.map((name) => `src/${file.path} imports ${name}`))
  none(offenders, 'core is arithmetic: it must run anywhere and be tested without a machine')
})

test('loading the package loads no other package', () => {
  const offenders = files.flatMap((file) =>
    file.packages.filter((name) => !name.startsWith('node:')).map((name) => `src/${file.path} imports ${name}`)
  )
  none(offenders, 'an optional library is loaded when it is used, and then by import() or require()')
})

test('no file or folder is called utils, helpers, common, types, shared or lib', () => {
  const offenders = files.filter((file) =>
    /(^|\/)(utils?|helpers?|common|types?|shared|libs?)(\/|\.ts$)/.test(file.path)
  )
  none(
    offenders.map((file) => `src/${file.path}`),
    'a drawer for everything: what it holds has a name, call the file by it'
  )
})

test('file names are lower case', () => {
  const offenders = files.filter((file) => !/^[a-z0-9-]+\.ts$/.test(basename(file.path)))
  none(
    offenders.map((file) => `src/${file.path}`),
    'a file is called by the one thing that it exports, in lower case'
  )
})

/** Generated lists, with a line for each thing in them. */
const lists: ReadonlySet<string> = new Set(['llm/prices/snapshot.ts'])

test('no file is longer than 250 lines, and half are shorter than 120', () => {
  const offenders = files
    .filter((file) => file.lines > 250 && !lists.has(file.path))
    .map((file) => `src/${file.path}: ${file.lines} lines`)
  none(offenders, 'a long file holds a second thing: find it and give it a file')
  const middle = median(files.map((file) => file.lines))
  assert.ok(middle <= 120, `the median file has ${middle} lines`)
})

test('no function is longer than 40 lines, and half have no more than 8', () => {
  const offenders = files.flatMap((file) =>
    file.functions
      .filter(({ lines }) => lines > 40)
      .map(({ line, lines }) => `src/${file.path}:${line}: ${lines} lines`)
  )
  none(offenders, 'a long function tells more than one story')
  const middle = median(files.flatMap((file) => file.functions.map(({ lines }) => lines)))
  assert.ok(middle <= 8, `the median function has ${middle} lines`)
})

/** Where the real clock may be read, and why. Everywhere else a Clock is passed in. */
const clocks: Readonly<Record<string, string>> = {
  'core/time.ts': 'it is the Clock',
  'core/breathe.ts': 'it measures the turn of the real event loop',
  'storage/cases/lives.ts': 'it measures how soon a real driver gives up',
}

test('the real clock is read in one place', () => {
  const offenders = files
    .filter((file) => !clocks[file.path])
    .flatMap((file) =>
      file.nodes
        .filter(({ node }) =>
          /^(Date\.now|performance\.now|new Date\(\))/.test(file.text.slice(node.start, node.start + 15))
        )
        .filter(({ node }) => node.type === 'MemberExpression' || node.type === 'NewExpression')
        .map(({ line }) => `src/${file.path}:${line}`)
    )
  none(offenders, 'a test cannot move the real clock: take a Clock as an argument')
})

const vague = /^(managers?|helpers?|utils?|handlers?|processors?|services?|wrappers?|common|handle|do)$/i

test('no export has a name that says nothing', () => {
  const words = (name: string) => name.split(/(?=[A-Z])|_/)
  const offenders = files.flatMap((file) =>
    file.exports
      .filter((name) => words(name).some((word) => vague.test(word)))
      .map((name) => `src/${file.path}: ${name}`)
  )
  none(offenders, 'manager, helper, util, handler, processor, service and wrapper fit anything: say what it is')
})

test('there are no default exports', () => {
  const offenders = files.filter((file) => file.exports.includes('Default') || file.exports.includes('default'))
  none(
    offenders.map((file) => `src/${file.path}`),
    'a thing has one name everywhere'
  )
})

test('there are no enums and no namespaces', () => {
  const offenders = files.flatMap((file) =>
    file.nodes
      .filter(({ node }) => node.type === 'TSEnumDeclaration' || node.type === 'TSModuleDeclaration')
      .map(({ line }) => `src/${file.path}:${line}`)
  )
  none(offenders, 'Node runs the sources by leaving types out; these would need compiling')
})

test('no file awaits while it is loaded', () => {
  const offenders = files.flatMap((file) =>
    file.nodes
      .filter(({ node, outermost }) => outermost && (node.type === 'AwaitExpression' || node['await'] === true))
      .map(({ line }) => `src/${file.path}:${line}`)
  )
  none(offenders, 'require() cannot load a module with a top-level await')
})
