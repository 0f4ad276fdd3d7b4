import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { home, probes } from '../examples/manifest.ts'
import { type Block, pages } from './pages.ts'

const blocks = pages().flatMap((page) => page.blocks)

function parsed(block: Block): unknown[] {
  if (block.language === 'json') return [JSON.parse(block.code)]
  return parseAllDocuments(block.code).map((document) => {
    assert.deepEqual(document.errors, [], block.place)
    return document.toJS() as unknown
  })
}

test('every YAML in the documentation parses', () => {
  const written = blocks.filter(({ language }) => language === 'yaml')
  assert.ok(written.length > 3)
  for (const block of written)
    assert.ok(
      parsed(block).every((document) => document !== null),
      block.place
    )
})

test("the guide's probes are the manifest's", () => {
  const block = blocks.find(
    ({ code, place }) => place.startsWith('docs/kubernetes.md') && code.includes('startupProbe')
  )
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
  assert.deepEqual(parsed(block!), [
    plain({ startupProbe: probes.startup, livenessProbe: probes.liveness, readinessProbe: probes.readiness }),
  ])
})

test("the guide's image check is the example's", () => {
  const block = blocks.find(({ language }) => language === 'dockerfile')!
  const example = readFileSync(join(home, 'Dockerfile'), 'utf8')
  for (const line of block.code.trim().split('\n')) assert.ok(example.includes(`${line}\n`), line)
})
