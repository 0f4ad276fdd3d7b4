import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sparing } from '../../scripts/builtins.ts'

test('names of Node’s modules are taken from Node, under the names that they are given', () => {
  assert.equal(
    sparing("import { join, resolve as absolute } from 'node:path'\n"),
    "const { join, resolve: absolute } = process.getBuiltinModule('node:path')\n"
  )
})

test('types are left out, and lines stay where they are', () => {
  assert.equal(
    sparing("import { get as getPlain, type IncomingMessage } from 'node:http'\n"),
    "const { get: getPlain,  } = process.getBuiltinModule('node:http')\n"
  )
  assert.equal(
    sparing("import {\n  type Stats,\n  openSync,\n  statSync,\n} from 'node:fs'\n"),
    "const {\n  \n  openSync,\n  statSync,\n} = process.getBuiltinModule('node:fs')\n"
  )
})

test('whole modules, types alone and what is no module of Node are imported as they are', () => {
  const sources = [
    "import assert from 'node:assert/strict'\n",
    "import * as fs from 'node:fs'\n",
    "import type { Worker } from 'node:worker_threads'\n",
    "import { MetricsError } from './errors.ts'\n",
    "const { request } = await import('node:http')\n",
  ]
  for (const source of sources) assert.equal(sparing(source), source)
})
