import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { app as express4 } from '../apps/express4.ts'
import { app as express5 } from '../apps/express5.ts'
import { app as express51 } from '../apps/express51.ts'
import { get, raw, start } from './world.ts'

for (const app of [express4, express51, express5]) {
  describe(`${app.name} alone`, () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['a route with several paths is the one that matched', '/two/x9', '/two/:b'],
      ['a route by regular expression is its text', '/v17', String(/^\/v\d+$/)],
      [
        'a sub-app with a parameter in its mount gives the whole template',
        '/api/sub/acme/things/7',
        '/api/sub/:tenant/things/:thing',
      ],
      ['a parameter with an escaped slash is one parameter', '/api/orgs/a%2Fb/teams/c', '/api/orgs/:org/teams/:team'],
      [
        'a parameter that equals a part of the path is found',
        '/api/orgs/teams/teams/teams',
        '/api/orgs/:org/teams/:team',
      ],
      ['a parameter that is a part of another is found', '/api/orgs/a/teams/ab', '/api/orgs/:org/teams/:team'],
    ]
    for (const [name, path, template] of cases) {
      test(name, async (t) => {
        const { port, recorder } = await start(t, app)
        await raw(port, get(path))
        assert.deepEqual(await recorder.requests(), { [`GET ${template} 200`]: 1 })
        assert.deepEqual(recorder.faults, [])
      })
    }

    test('the app sees its own baseUrl and route as before', async (t) => {
      const made = await app.make()
      const seen: unknown[] = []
      const express = made.app as {
        use(path: string, ...handlers: ((request: never, response: never, next: () => void) => void)[]): void
      }
      express.use('/seen/:id', (request: { baseUrl: string; route?: unknown }, response: { end(): void }) => {
        seen.push(request.baseUrl, request.route)
        response.end()
      })
      const { port } = await start(t, { ...app, make: () => made })
      await raw(port, get('/seen/42/x'))
      assert.deepEqual(seen, ['/seen/42', undefined])
    })
  })
}
