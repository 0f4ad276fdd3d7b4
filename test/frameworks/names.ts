import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestApp } from '../apps/app.ts'
import { get, raw, start, type World } from './world.ts'

/** Each endpoint is the route's template, never what was asked for. */
export function names(app: TestApp): void {
  const named = (template: string): string => app.templates[template] ?? template
  const counted = async ({ recorder }: World, want: Record<string, number>): Promise<void> => {
    assert.deepEqual(await recorder.requests(), want)
    assert.deepEqual(recorder.faults, [])
  }

  describe('endpoints', () => {
    test('a parameter is named, not its value', async (t) => {
      const world = await start(t, app)
      for (const id of [1, 2, 3]) assert.match(await raw(world.port, get(`/users/${id}?a=${id}`)), /"id":"\d"/)
      await counted(world, { 'GET /users/:id 200': 3 })
    })

    test('mounted and nested routers give the whole template, two parameters of one value included', async (t) => {
      const world = await start(t, app)
      assert.match(await raw(world.port, get('/api/orgs/acme/teams/acme')), /yes/)
      await counted(world, { [`GET ${named('/api/orgs/:org/teams/:team')} 200`]: 1 })
    })

    test('an error in a mounted router keeps its template', async (t) => {
      const world = await start(t, app)
      assert.match(await raw(world.port, get('/api/orgs/acme/boom')), / 500 /)
      await counted(world, { [`GET ${named('/api/orgs/:org/boom')} 500`]: 1 })
    })

    for (const path of ['/throw', '/reject', '/late']) {
      test(`${path} is counted as 500 under its own name`, async (t) => {
        const world = await start(t, app)
        assert.match(await raw(world.port, get(path)), /^HTTP\/1.1 500 /)
        await counted(world, { [`GET ${path} 500`]: 1 })
      })
    }

    test('what middleware or a hook refuses keeps the name of its route', async (t) => {
      const world = await start(t, app)
      await raw(world.port, get('/private'))
      await counted(world, { 'GET /private 401': 1 })
    })

    test('a path without a route is unmatched', async (t) => {
      const world = await start(t, app)
      for (const path of ['/nowhere', '/users', '/users/1/x']) await raw(world.port, get(path))
      await counted(world, { 'GET unmatched 404': 3 })
    })

    test('a known path with another method is counted with its status', async (t) => {
      const world = await start(t, app)
      await raw(world.port, get('/orders', 'DELETE'))
      const endpoint = app.wrongMethod === 405 ? '/orders' : 'unmatched'
      await counted(world, { [`DELETE ${endpoint} ${app.wrongMethod}`]: 1 })
    })

    test('HEAD has the template of GET', async (t) => {
      const world = await start(t, app)
      await raw(world.port, get('/users/42', 'HEAD'))
      await counted(world, { 'HEAD /users/:id 200': 1 })
    })

    test('OPTIONS is counted as what answers it', async (t) => {
      const world = await start(t, app)
      await raw(world.port, get('/users/42', 'OPTIONS'))
      const { status } = app.options
      const endpoint = app.options.endpoint === 'unmatched' && status < 400 ? '/users/:id' : app.options.endpoint
      await counted(world, { [`OPTIONS ${endpoint} ${status}`]: 1 })
    })

    test('what a mounted part answers without a route is the part', async (t) => {
      const world = await start(t, app)
      await raw(world.port, get('/assets/logo.svg'))
      await counted(world, { [`GET ${named('/assets/*')} 200`]: 1 })
    })

    test('a body that is posted is counted', async (t) => {
      const world = await start(t, app)
      await raw(world.port, `${get('/orders', 'POST', 'Content-Type: text/plain\r\nContent-Length: 2\r\n')}ab`)
      await counted(world, { 'POST /orders 201': 1 })
    })

    test('any number of random paths, queries, agents and hosts are one series', async (t) => {
      const world = await start(t, app)
      let text = ''
      for (let n = 0; n < 2000; n++) {
        text += `GET /x${n}${Math.random()}?q=${n} HTTP/1.1\r\nHost: h${n}.test\r\nUser-Agent: u${n}\r\n\r\n`
      }
      await raw(world.port, text + get('/last'))
      await counted(world, { 'GET unmatched 404': 2001 })
      for (const { labels } of await world.recorder.rows()) assert.doesNotMatch(JSON.stringify(labels), /x1|h1|u1|q=/)
    })

    test('the option `route` names before anyone else, and may fail', async (t) => {
      const route = (request: { url?: string }): string | undefined => {
        if (request.url === '/teapot') throw new Error('mine')
        return request.url === '/users/7' ? 'lucky' : undefined
      }
      const world = await start(t, app, { watched: { route } })
      for (const path of ['/users/7', '/users/8', '/teapot']) await raw(world.port, get(path))
      assert.deepEqual(await world.recorder.requests(), {
        'GET lucky 200': 1,
        'GET /users/:id 200': 1,
        'GET /teapot 418': 1,
      })
      assert.equal(world.recorder.faults.length, 1)
    })

    test('probes are not counted', async (t) => {
      const world = await start(t, app)
      for (const path of ['/healthz', '/favicon.ico', '/ping', '/livez']) await raw(world.port, get(path))
      await counted(world, {})
    })
  })
}
