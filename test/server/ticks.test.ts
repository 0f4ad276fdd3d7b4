import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

// The engine's own word for what it has learnt of the objects that `process.nextTick` makes, after full collections that
// find none of them alive.
const PROGRAM = `
  if (process.argv[1] !== 'bare') (await import(process.argv[1])).hub()
  const wait = () => new Promise((resolve) => setTimeout(resolve, 2))
  const ticks = async () => { for (let i = 0; i < 50; i++) await new Promise((resolve) => process.nextTick(resolve)) }
  await ticks()
  for (let i = 0; i < 6; i++) {
    await wait()
    gc()
  }
  await ticks()
  new Function('f', '%DebugPrint(f)')(process.nextTick)
`

function learnt(what: string): string[] {
  const flags = ['--expose-gc', '--allow-natives-syntax', '--input-type=module']
  // Counting coverage has the engine learn before we are there.
  const env = { ...process.env, NODE_V8_COVERAGE: '' }
  const ended = spawnSync(process.execPath, [...flags, '--eval', PROGRAM, what], { encoding: 'utf8', env })
  const { stdout, stderr } = ended
  const slots = [...stdout.matchAll(/DefineKeyedOwnPropertyInLiteral (\w+)/g)].map(([, state]) => state!)
  assert.notEqual(slots.length, 0, stderr)
  return slots
}

test('a full collection with no tick alive leaves the app’s ticks as fast as they were', () => {
  assert.ok(learnt('bare').includes('MEGAMORPHIC'), 'this engine does not forget: nothing to be kept')
  const hub = new URL('../../src/server/hub.ts', import.meta.url).href
  assert.deepEqual([...new Set(learnt(hub))], ['MONOMORPHIC'])
})
