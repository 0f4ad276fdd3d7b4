import { readFileSync, statSync } from 'node:fs'
import * as modules from 'node:module'
import threads from 'node:worker_threads'
import { kill, startedBy } from './processes.ts'

// Runs in every process and thread of a suite before anything else; scripts/stripped.ts makes it one file of JavaScript.

const ready = new URL('./', import.meta.url)
const root = new URL('../../', import.meta.url).href

// A test that fails may not come to what ends its processes.
if (threads.isMainThread && /\.test\.[jt]s$/.test(process.argv[1] ?? ''))
  process.on('exit', () => kill(startedBy(process.pid)))

// To erase the types of all sources takes a process longer than to run them; that was done once for all processes.
if ('registerHooks' in modules) {
  modules.registerHooks({
    load: (url, context, next) => {
      const source = url.startsWith(root) && url.endsWith('.ts') ? erased(url) : undefined
      return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true }
    },
  })
  threads.Worker = class extends threads.Worker {
    constructor(file: string | URL, options: threads.WorkerOptions = {}) {
      const given = options.execArgv ?? process.execArgv
      super(file, { ...options, execArgv: [`--import=${import.meta.url}`, ...given] })
    }
  }
  modules.syncBuiltinESMExports()
}

function erased(url: string): string | undefined {
  try {
    const file = new URL(url.slice(root.length), ready)
    // What was changed since is read as it is now.
    return statSync(file).mtimeMs > statSync(new URL(url)).mtimeMs ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  }
}
