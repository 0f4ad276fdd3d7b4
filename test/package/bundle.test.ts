import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const APP = `
import { Metrics } from 'pocketmetrics'
async function main() {
  const metrics = new Metrics({ log: (line) => console.log(line) })
  metrics.track('revenue', 49)
  metrics.track('not a name')
  console.log('total ' + (await metrics.query({ metric: 'revenue' })).total, (await metrics.ready).mode)
  await metrics.close()
}
main()
`
const OWN = "console.log('the worker of the app runs'); setInterval(() => undefined, 1_000)"

/** What an app prints that was bundled into one file, beside a \`worker.js\` of its own. */
async function printed(name: string, format: 'cjs' | 'esm'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-bundle-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const package_ = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
  const outfile = join(folder, name)
  const stdin = { contents: APP, resolveDir: folder }
  const options = { bundle: true, platform: 'node', logLevel: 'error', alias: { pocketmetrics: package_ } } as const
  // What people put before a bundle of ESM, for packages that call require(): its name must be free.
  const js = "import { createRequire } from 'module'; const require = createRequire(import.meta.url);"
  await build({ ...options, stdin, outfile, format, ...(format === 'esm' ? { banner: { js } } : {}) })
  for (const worker of ['worker.js', 'worker.mjs']) writeFileSync(join(folder, worker), OWN)
  const child = spawn(process.execPath, [outfile], { cwd: folder, timeout: 30_000 })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (text += piece.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  return text
}

for (const [name, format] of [
  ['app.cjs', 'cjs'],
  ['app.mjs', 'esm'],
] as const) {
  test(`bundled as ${format} it keeps its numbers without a thread, and says so once`, async () => {
    const text = await printed(name, format)
    assert.match(text, /^total 49 disk$/m, text)
    assert.equal(text.split('no thread can be had for the storage').length, 2, text)
    assert.match(text, /not a name/, text)
    assert.doesNotMatch(text, /the worker of the app runs/)
  })
}
