import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { drained } from '../../src/health/drain.ts'
import { Metrics } from '../../src/index.ts'

const ENTRY = new URL(`../../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href

/** A process of its own that serves; says its port. */
class Child {
  readonly process: ChildProcess
  readonly ended: Promise<unknown[]>
  said = ''
  port = 0

  constructor(source: string, options: string, environment: Readonly<Record<string, string>> = {}) {
    const app = `import { createServer } from 'node:http'
import { Metrics } from ${JSON.stringify(ENTRY)}
const server = createServer((request, response) => setTimeout(() => response.end('x'), request.url === '/slow' ? 400 : 3))
const metrics = new Metrics(server, { storage: 'memory://', ${options} })
${source}
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))`
    const { KUBERNETES_SERVICE_HOST: _, ...env } = process.env
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    const args = ['--input-type=module', '-e', app]
    this.process = spawn(process.execPath, args, { stdio: [...stdio], env: { ...env, ...environment } })
    this.process.stdout!.on('data', (chunk: Buffer) => (this.said += String(chunk)))
    this.process.stderr!.on('data', (chunk: Buffer) => (this.said += String(chunk)))
    this.ended = once(this.process, 'close')
  }

  static async start(
    t: TestContext,
    source: string,
    options: string,
    environment: Readonly<Record<string, string>> = {}
  ): Promise<Child> {
    const child = new Child(source, options, environment)
    t.after(() => child.process.kill('SIGKILL'))
    while (!/port \d+/.test(child.said)) {
      if (child.process.exitCode !== null) throw new Error(child.said)
      await pause(10)
    }
    child.port = Number(/port (\d+)/.exec(child.said)?.[1])
    return child
  }
}

interface Got {
  readonly status: number
  readonly connection: string | undefined
}

function get(port: number, path: string, agent: http.Agent | false = false): Promise<Got> {
  return new Promise((resolve, reject) => {
    // Without an agent it would ask to have the connection closed.
    const headers = { connection: 'keep-alive' }
    const asked = http.get({ port, path, host: '127.0.0.1', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        resolve({ status: response.statusCode!, connection: response.headers.connection })
        if (agent === false) asked.destroy()
      })
      response.on('error', reject)
    })
    asked.on('error', reject)
  })
}

test('SIGTERM under 200 requests a second: not ready at once, alive, no request lost, connections closed', async (t) => {
  const child = await Child.start(t, '', "health: { drainDelay: '2s' }")
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  t.after(() => agent.destroy())
  const failed: unknown[] = []
  const after: Got[] = []
  let sent = 0
  let isTold = false
  let toldAt = Infinity
  // A balancer takes a process out when it has seen that it is not ready; until then, and for a while more, it sends.
  const sending = setInterval(() => {
    if (performance.now() > toldAt + 1_700) return clearInterval(sending)
    sent++
    const wasTold = isTold
    get(child.port, '/things', agent).then(
      (got) => (wasTold ? after.push(got) : undefined),
      (error: unknown) => failed.push(error)
    )
  }, 5)
  t.after(() => clearInterval(sending))
  await pause(500)
  assert.equal((await get(child.port, '/health/ready')).status, 200)
  child.process.kill('SIGTERM')
  toldAt = performance.now()
  while ((await get(child.port, '/health/ready')).status === 200) await pause(1)
  isTold = true
  assert.deepEqual(await get(child.port, '/health/live'), { status: 200, connection: 'close' })
  assert.deepEqual(await child.ended, [null, 'SIGTERM'])
  assert.deepEqual(failed, [])
  assert.ok(sent > 100 && after.length > 50, `${sent} ${after.length}`)
  assert.ok(after.every(({ status, connection }) => status === 200 && connection === 'close'))
  assert.match(child.said, /draining/)
})

test('what is in flight when the signal comes is finished, also without a delay', async (t) => {
  const child = await Child.start(t, '', '')
  await get(child.port, '/')
  const slow = get(child.port, '/slow')
  await pause(100)
  child.process.kill('SIGTERM')
  assert.equal((await slow).status, 200)
  assert.deepEqual(await child.ended, [null, 'SIGTERM'])
})

test('a stream that never ends is not waited for', async (t) => {
  const source = `server.removeAllListeners('request')
server.on('request', (request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: x\\n\\n')
})`
  const child = await Child.start(t, source, '')
  const stream = http.get({ port: child.port, host: '127.0.0.1' })
  stream.on('error', () => undefined)
  await once(stream, 'response')
  child.process.kill('SIGINT')
  assert.deepEqual(await child.ended, [null, 'SIGINT'])
})

test('an app that listens to the signal itself decides: it is told nothing more than that it is not ready', async (t) => {
  const source = `process.on('SIGTERM', () => { console.log('state ' + metrics.health.state); setTimeout(() => process.exit(7), 300) })`
  const child = await Child.start(t, source, "health: { drainDelay: '10s' }")
  child.process.kill('SIGTERM')
  while (!child.said.includes('state')) await pause(5)
  assert.deepEqual(await get(child.port, '/health/ready'), { status: 503, connection: 'close' })
  assert.deepEqual(await get(child.port, '/'), { status: 200, connection: 'close' })
  assert.deepEqual(await child.ended, [7, null])
})

test('a second signal ends it at once', async (t) => {
  const child = await Child.start(t, '', '', { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
  await get(child.port, '/')
  child.process.kill('SIGTERM')
  while ((await get(child.port, '/health/ready')).status === 200) await pause(5)
  child.process.kill('SIGTERM')
  assert.deepEqual(await child.ended, [null, 'SIGTERM'])
})

test('where nobody has asked for anything, nothing is waited for', async (t) => {
  const child = await Child.start(t, '', "health: { drainDelay: '60s' }")
  child.process.kill('SIGTERM')
  assert.deepEqual(await child.ended, [null, 'SIGTERM'])
})

test('one that is not to be drained stays ready to its end', async (t) => {
  const child = await Child.start(
    t,
    `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200))`,
    'health: false'
  )
  child.process.kill('SIGTERM')
  await pause(50)
  assert.deepEqual(await get(child.port, '/'), { status: 200, connection: 'keep-alive' })
  assert.deepEqual(await child.ended, [0, null])
})

test('draining by hand closes the connections of this app and of no other', async (t) => {
  const serving = async (): Promise<{ metrics: Metrics; port: number }> => {
    const server = createServer((_request, response) => response.end('x'))
    const metrics = new Metrics(server, { storage: 'memory://', log: () => undefined })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => metrics.close())
    t.after(() => server.close())
    return { metrics, port: (server.address() as AddressInfo).port }
  }
  const [one, two] = [await serving(), await serving()]
  const agent = new http.Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  one.metrics.health.drain()
  assert.equal((await get(one.port, '/', agent)).connection, 'close')
  assert.equal((await get(two.port, '/', agent)).connection, 'keep-alive')
  assert.deepEqual([one.metrics.health.state, two.metrics.health.state], ['draining', 'ready'])
})

test('a response that writes its own Connection header is the app’s own', async (t) => {
  const server = createServer((_request, response) => response.writeHead(200, { connection: 'keep-alive' }).end('x'))
  const metrics = new Metrics(server, { storage: 'memory://', log: () => undefined })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => metrics.close())
  metrics.health.drain()
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const [first] = (await once(socket, 'data')) as [Buffer]
  assert.match(String(first), /connection: keep-alive/i)
  socket.destroy()
  server.close()
})

test('what never ends is waited for once, not in each stage, and a server that cannot count is let go', async () => {
  let released = 0
  const closing = {
    open: () => Promise.reject(new Error('no handle')),
    release: async () => void released++,
  }
  const before = performance.now()
  await drained({ delay: 0, serves: () => true, shut: async () => closing, inFlight: () => 1 })
  assert.equal(released, 1)
  assert.ok(performance.now() - before < 5_000)
})
