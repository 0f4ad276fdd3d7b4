import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parseSync } from 'oxc-parser'
import type { Syntax } from '../tree.ts'
import { type Block, options, pages, root } from './pages.ts'

const all = pages()
const scripts = all.flatMap((page) => page.blocks.filter((block) => /^(js|ts)$/.test(block.language)))

test('every relative link leads to a file, and every anchor to a heading', () => {
  const broken = all.flatMap((page) =>
    [...page.text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => !leads(page.path, link))
      .map((link) => `${page.path}: ${link}`)
  )
  assert.deepEqual(broken, [])
})

function leads(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? from : join(dirname(from), file)
  if (!existsSync(join(root, path))) return false
  if (anchor === undefined) return true
  const text = all.find((page) => page.path === path)?.text ?? ''
  return [...text.matchAll(/^#+ (.*)$/gm)].some((heading) => slug(heading[1]!) === anchor)
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

test('every script in the documentation parses', () => {
  const wrong = scripts.flatMap((block) => {
    const { errors } = parseSync(`block.${block.language}`, block.code, { sourceType: 'module' })
    return errors.map((error) => `${block.place}: ${error.message}`)
  })
  assert.deepEqual(wrong, [])
})

test('every option that a script gives to Metrics exists', () => {
  const known = options()
  const given = scripts.flatMap((block) => optionsOf(block).map((option) => ({ option, place: block.place })))
  assert.ok(given.length > 5)
  assert.deepEqual(
    given.filter(({ option }) => !known.has(option)),
    []
  )
})

function optionsOf(block: Block): string[] {
  const { program } = parseSync(`block.${block.language}`, block.code, { sourceType: 'module' })
  return nodes(program as unknown as Syntax)
    .filter((node) => node.type === 'NewExpression' && (node['callee'] as { name?: string }).name === 'Metrics')
    .flatMap((node) => node['arguments'] as Syntax[])
    .filter((argument) => argument.type === 'ObjectExpression')
    .flatMap((argument) => argument['properties'] as { key: { name: string } }[])
    .map((property) => property.key.name)
}

function nodes(node: Syntax): Syntax[] {
  const children = Object.values(node)
    .flat()
    .filter((child): child is Syntax => typeof child === 'object' && child !== null && 'type' in child)
  return [node, ...children.flatMap(nodes)]
}

test("README's table has every option, and no other", () => {
  const readme = all.find((page) => page.path === 'README.md')!.text
  const table = /^## Options$([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
  const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1]!.replaceAll(/\(.*?\)/g, ''))
  const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map((match) => match[1]!))
  assert.deepEqual(named.toSorted(), [...options()].sort())
})
