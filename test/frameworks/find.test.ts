import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { find } from '../../src/frameworks/find.ts'
import { NO_FRAMEWORK } from '../../src/server/framework.ts'

test('what nobody knows, or throws when it is looked at, is counted by path', () => {
  const throwing = new Proxy(() => undefined, {
    get() {
      throw new Error('hands off')
    },
  })
  for (const app of [undefined, null, 5, 'app', {}, [], () => undefined, new Map(), throwing]) {
    assert.equal(find(app), NO_FRAMEWORK)
  }
  assert.notEqual(find(createServer()), NO_FRAMEWORK)
})
