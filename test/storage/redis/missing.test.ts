import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

test('without ioredis numbers stay in memory, and one line says what to install', () => {
  const open = new URL('../../../src/storage/open.ts', import.meta.url).href
  const code = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(name, context, next) {
        if (name === 'ioredis') throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      },
    })
    const { connect } = await import('${open}')
    const { standing } = await connect({ kind: 'redis', url: 'redis://127.0.0.1:1', options: {} })
    console.log(JSON.stringify(standing()))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const { mode, problem } = JSON.parse(said) as { mode: string; problem: string }
  assert.equal(mode, 'memory-fallback')
  assert.match(problem, /^Redis needs the package ioredis.*run: npm install ioredis$/)
})
