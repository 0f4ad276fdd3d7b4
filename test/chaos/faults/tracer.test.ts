import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { release, trace } from '../../../chaos/faults/tracer.ts'

/** Syncs a file in a thread of its own, as the library does. */
const APP = `
  const { Worker } = require('node:worker_threads')
  new Worker(\`
    const fs = require('node:fs')
    const file = fs.openSync(process.argv[2], 'w')
    setInterval(() => (fs.fsyncSync(file), console.log('synced')), 5)
  \`, { eval: true, argv: [process.argv[1]] })
`

test('who is killed while it is traced is gone, and the tracer lets go', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  const app = spawn(process.execPath, ['-e', APP, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => app.kill('SIGKILL'))
  await once(app.stdout, 'data')
  app.stdout.resume()
  const gone = once(app, 'close')
  const tracer = await trace([app.pid!], [path], 'fsync,fdatasync:delay_enter=400000')
  t.after(() => tracer.kill('SIGKILL'))
  // While a sync waits: the tracer then waits for a thread that it holds.
  await pause(100)
  app.kill('SIGKILL')
  await pause(60)
  await release(tracer)
  assert.deepEqual(await gone, [null, 'SIGKILL'])
})
