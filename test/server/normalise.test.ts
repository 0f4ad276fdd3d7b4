import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { normalise, Paths, pathOf } from '../../src/server/normalise.ts'
import { couldTake, takes, under } from '../../src/server/template.ts'

describe('paths without a router', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['/', '/'],
    ['', '/'],
    ['//', '/'],
    ['/users/42', '/users/:id'],
    ['/users/42/', '/users/:id'],
    ['/v1/users/123e4567-e89b-12d3-a456-426614174000/edit', '/v1/users/:id/edit'],
    ['/items/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/items/:id'],
    ['/c/deadbeefcafebabe', '/c/:id'],
    ['/c/feed', '/c/feed'],
    ['/by/ann@example.com', '/by/:id'],
    ['/by/ann%40example.com', '/by/:id'],
    ['/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '/t/:id'],
    ['/s/cus_NffrFeUfNV2Hib', '/s/:id'],
    ['/s/V1StGXR8_Z5jdHi6B-myT', '/s/:id'],
    ['/orders/A-100234', '/orders/:id'],
    ['/2026/11/22', '/:id/:id/:id'],
    ['/assets/app.js', '/assets/app.js'],
    ['/how-to-write-a-very-long-headline', '/how-to-write-a-very-long-headline'],
    ['/%E0%A4%A', '/:id'],
    ['/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/*'],
  ]
  for (const [path, name] of cases) {
    test(`${path} is ${name}`, () => assert.equal(normalise(path), name))
  }

  test('anything is named, shortly, in time that grows with its length only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const name = normalise(`/${text}`)
        assert.ok(name.startsWith('/') && name.length <= 400)
        assert.equal(normalise(name), name)
      })
    )
    const from = performance.now()
    for (const piece of ['a', '/', '-', 'A1', '%', '//a']) normalise(piece.repeat(1_000_000))
    assert.ok(performance.now() - from < 5_000)
  })

  test('only so many different ones are named', () => {
    const paths = new Paths(2)
    const named = ['/a', '/b', '/c', '/a', '/b', '/d/1'].map((path) => paths.name(path))
    assert.deepEqual(named, ['/a', '/b', undefined, '/a', '/b', undefined])
  })
})

describe('the path of a request target', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['/a?b=/c#d', '/a'],
    ['/a#b?c', '/a'],
    ['http://user@host:80/a/b?c', '/a/b'],
    ['http://host', '/'],
    ['*', '*'],
    ['', ''],
    ['host:443', 'host:443'],
  ]
  for (const [url, path] of cases) test(`of '${url}' is '${path}'`, () => assert.equal(pathOf(url), path))
})

describe('templates', () => {
  test('take the paths that a router would give them, if they begin with the same word', () => {
    assert.ok(
      takes('/metrics', '/metrics') && takes('/metrics/', '/metrics') && takes('/metrics/:id', '/metrics/query')
    )
    assert.ok(takes('/metrics/*rest', '/metrics/a/b'))
    assert.ok(!takes('/:page', '/metrics') && !takes('*', '/metrics') && !takes('/metrics/:id', '/metrics'))
    assert.ok(!takes('/metrics', '/metrics/query') && takes('/', '/') && !takes('/', '/metrics'))
  })

  test('one of several is told by its literal parts', () => {
    assert.ok(couldTake('/two/:b', '/two/x') && !couldTake('/one/:a', '/two/x') && couldTake('/a/:b?', '/a'))
  })

  test('stand under a mount', () => {
    assert.deepEqual(
      [under('', ''), under('', '/'), under('/api', '/'), under('/api', '/x'), under('/api', '*'), under('', 'x')],
      ['/', '/', '/api', '/api/x', '/api/*', '/x']
    )
  })
})
