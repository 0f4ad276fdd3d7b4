import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

const here = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/** An app of a framework in a process of its own. */
export interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly ended: Promise<unknown[]>
  readonly said: () => string
}

/** Starts the test app of a framework, `express5` or another, with these options of Metrics; `first` runs before they are made. */
export async function running(
  t: TestContext,
  framework: string,
  options: string,
  first: string = ''
): Promise<Running> {
  const source = `import { Metrics } from ${here('../../src/index.ts')}
import * as apps from ${here(`../apps/${framework}.ts`)}
const made = await Object.values(apps).find((one) => typeof one?.make === 'function').make()
${first}
const metrics = new Metrics(made.app, { storage: 'memory://', ${options} })
const server = await made.serve()
server.listen(0, '127.0.0.1', 1024, () => console.log('port ' + server.address().port))`
  const { KUBERNETES_SERVICE_HOST: _, ...env } = process.env
  const args = ['--input-type=module', '-e', source]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)))
  const ended = once(child, 'close')
  while (!/port \d+/.test(said)) {
    if (child.exitCode !== null) throw new Error(said)
    await pause(10)
  }
  return { child, port: Number(/port (\d+)/.exec(said)?.[1]), ended, said: () => said }
}

/** One request; rejects with whatever has happened to it. */
export type Ask = (path: string) => Promise<number>

/** A client of Node's own with one connection that it keeps. */
export function agentClient(port: number): Ask & { readonly end: () => void } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = http.get({ port, path, host: '127.0.0.1', agent }, (response) => {
        response.on('error', reject)
        response.on('end', () => resolve(response.statusCode!))
        response.resume()
      })
      request.on('error', reject)
    })
  return Object.assign(ask, { end: () => agent.destroy() })
}

/** Opens a connection for each request, as what knows nothing of keep-alive does. */
export function freshClient(port: number): Ask {
  return (path) =>
    new Promise((resolve, reject) => {
      const request = http.get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
        response.on('error', reject)
        response.on('end', () => resolve(response.statusCode!))
        response.resume()
      })
      request.on('error', reject)
    })
}

/** `fetch`, whose connections all clients share. */
export function fetchClient(port: number): Ask {
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    await response.arrayBuffer()
    return response.status
  }
}

/** What came of requests that were sent without a pause until nobody listened any more. */
export interface Sent {
  answered: number
  /** What was neither answered nor refused: lost. */
  readonly lost: unknown[]
}

/** Asks again and again, about every `gap` ms, until it is refused; a refused connection is no loss, as nothing was sent. */
export async function asking(ask: Ask, gap: number, sent: Sent, isOver: () => boolean = () => false): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    try {
      const status = await ask(turn % 5 === 0 ? '/slow' : '/users/42')
      if (status === 200) sent.answered++
      else sent.lost.push(status)
    } catch (error) {
      if (isRefused(error)) return
      sent.lost.push(error)
    }
    await pause(gap * (0.5 + Math.random()))
  }
}

function isRefused(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  return code === 'ECONNREFUSED' || cause?.code === 'ECONNREFUSED'
}
