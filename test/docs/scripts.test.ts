import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { built } from '../examples/world.ts'
import { type Block, pages, root } from './pages.ts'

before(built)

/** Whole programs, as opposed to lines that continue one. */
const programs = pages()
  .flatMap((page) => page.blocks)
  .filter((block) => block.language === 'js' && /^import .* from 'pocketmetrics'$/m.test(block.code))

test('every whole program in the documentation runs', { concurrency: 2 }, async (t) => {
  assert.ok(programs.length > 12)
  await Promise.all(programs.map((block) => t.test(block.place, () => runs(block))))
})

/** It ends well, or still listens after a while. */
async function runs(block: Block): Promise<void> {
  // Below this package's own folder, so that its name leads to it.
  const scratch = join(root, '.build', 'docs')
  mkdirSync(scratch, { recursive: true })
  const folder = mkdtempSync(join(scratch, 'script-'))
  writeFileSync(join(folder, 'app.mjs'), block.code)
  const { NODE_ENV: _, ...environment } = process.env
  const child = spawn(process.execPath, ['app.mjs'], {
    cwd: folder,
    env: { ...environment, PORT: '0', METRICS_STORAGE: 'memory://' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const code = await Promise.race([ended, pause(4000, 'listens' as const)])
  if (code === 'listens') {
    child.kill('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
  assert.ok(code === 0 || (code === 'listens' && /listen|serve/.test(block.code)), `ended with ${code}:\n${said}`)
  assert.doesNotMatch(said, /Error|\[pocketmetrics\]/, said)
}
