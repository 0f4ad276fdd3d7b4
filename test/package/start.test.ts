import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'
import { parseSync } from 'oxc-parser'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

/** The files that are loaded with one, and their text. */
function loadedWith(path: string, found: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  if (found.has(path)) return found
  const text = readFileSync(path, 'utf8')
  found.set(path, text)
  const { module } = parseSync(basename(path), text)
  const exported = module.staticExports.flatMap(({ entries }) => entries.map((one) => one.moduleRequest?.value))
  const asked = [...module.staticImports.map((one) => one.moduleRequest.value), ...exported]
  for (const name of asked) if (name?.startsWith('.')) loadedWith(join(dirname(path), name), found)
  return found
}

/** Which of some classes are loaded with a file. */
function among(path: string, classes: readonly string[]): readonly string[] {
  const text = [...loadedWith(path).values()].join('\n')
  return classes.filter((name) => new RegExp(`\\bclass ${name}\\b|\\b${name} ?= ?class\\b`).test(text))
}

before(() => {
  assert.ok(existsSync(`${dist}index.js`), 'these tests are about dist/: npm run build first')
})

test('the package is loaded from few files: each costs as much as 30 kB', () => {
  const files = [...loadedWith(`${dist}index.js`).keys()].map((path) => basename(path))
  assert.ok(files.length <= 3, files.join(', '))
})

test('what is loaded before an app can start is not too much', () => {
  const bytes = [...loadedWith(`${dist}index.js`).values()].reduce((sum, text) => sum + text.length, 0)
  assert.ok(bytes < 360_000, `${bytes} bytes`)
})

test('what answers questions, reads calls of models, knows their prices and watches rules is loaded later', () => {
  const later = [
    'Duty',
    'Courier',
    'Rounds',
    'Desk',
    'Gate',
    'LocalStore',
    'SqliteDriver',
    'RedisDriver',
    'PostgresDriver',
    'LlmWatcher',
    'Prices',
    'Feed',
  ]
  assert.deepEqual(among(`${dist}index.js`, later), [])
})

test('the thread beside the data loads nothing that only the app needs', () => {
  assert.deepEqual(among(`${dist}pocketmetrics-worker.js`, ['Metrics', 'Api', 'Alerts', 'LlmHub', 'Flusher']), [])
  assert.deepEqual(among(`${dist}pocketmetrics-worker.js`, ['Threaded']), ['Threaded'], 'this is how a class is found')
})

test('the thread beside the data opens its store before it loads what answers', () => {
  const bytes = [...loadedWith(`${dist}pocketmetrics-worker.js`).values()].reduce((sum, text) => sum + text.length, 0)
  assert.ok(bytes < 150_000, `${bytes} bytes`)
})

test('of Node is taken what is used: an import of one of its modules would load what is behind it, too', () => {
  for (const entry of ['index.js', 'pocketmetrics-worker.js']) {
    for (const [path, text] of loadedWith(`${dist}${entry}`)) {
      const { staticImports } = parseSync(basename(path), text).module
      const asked = staticImports.map((one) => one.moduleRequest.value).filter((name) => !name.startsWith('./'))
      assert.deepEqual(asked, [], basename(path))
    }
  }
})

test('the thread beside the data loads none of Node’s larger modules', () => {
  const text = [...loadedWith(`${dist}pocketmetrics-worker.js`).values()].join('\n')
  const found = new Set([...text.matchAll(/getBuiltinModule\??\.?\("node:(\w+)"\)/g)].map(([, name]) => name))
  // `module` where SQLite is brought by the app, `worker_threads` by who starts such a thread.
  assert.deepEqual(found, new Set(['buffer', 'fs', 'path', 'module', 'sqlite', 'worker_threads']))
})
