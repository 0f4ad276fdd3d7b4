import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { test } from 'node:test'

// The same test runs from sources and compiled.
const register = new URL(`../../src/register${extname(import.meta.url)}`, import.meta.url).href

const app = `
const { createServer } = require('node:http')
createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1', function () {
  console.log(this.address().port)
})
process.stdin.resume().on('end', () => process.exit())
`

test('--import counts an app that was not changed at all', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  writeFileSync(join(folder, 'server.cjs'), app)
  const env = { ...process.env, METRICS_STORAGE: 'memory://' }
  const child = spawn(process.execPath, ['--import', register, 'server.cjs'], { cwd: folder, env })
  t.after(async () => {
    const closed = once(child, 'close')
    child.stdin.end()
    await closed
    rmSync(folder, { recursive: true, force: true })
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const origin = `http://127.0.0.1:${Number(line.toString())}`
  await (await fetch(`${origin}/`)).text()
  const answer = (await (await fetch(`${origin}/metrics/query?metric=http_requests&from=1h`)).json()) as {
    total: number
  }
  assert.equal(answer.total, 1)
})
