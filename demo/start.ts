import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { clockText, hourAt } from './day.ts'
import { Screen } from './screen.ts'
import { openShop, type Shop } from './shop.ts'
import { askHistory, askSummary, historyLine, plainLine, screenLines } from './summary.ts'

// The demo is looked at from this machine, and only in development is that open without a key.
process.env['NODE_ENV'] = 'development'

const file = process.env['DEMO_FILE'] ?? join(import.meta.dirname, 'metrics.db')
const shown = relative('.', file).startsWith('..') ? file : relative('.', file)
const port = await freePort(Number(process.env['PORT'] ?? 3000))
const origin = `http://127.0.0.1:${port}`
const opened = performance.now()
const stop = new AbortController()
const terminal = process.stdout.isTTY

const shop = openShop(`sqlite://${file}`)
await shop.app.listen({ port, host: '127.0.0.1' })
const history = await askHistory(origin)
// The first visitor comes when the port is open: what an earlier run left is read before.
const visitors = fork(join(import.meta.dirname, 'visitors.ts'), [origin], {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})

// npm passes on the Ctrl-C that the terminal has sent already: only one that comes later means "at once".
let asked = Infinity
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (performance.now() - asked > 1000) process.exit(130)
    asked = Math.min(asked, performance.now())
    stop.abort()
  })
}

// As in `npm start | head`.
process.stdout.on('error', () => stop.abort())

const welcome = [
  '  A coffee shop on Fastify, its visitors in another process, measured by pocketmetrics.',
  '',
  '# open',
  `  ${origin}/metrics`,
  `  ${origin}/metrics/endpoints`,
  `  ${origin}/metrics/query?metric=revenue&from=1h&group_by=plan`,
  `  curl -s '127.0.0.1:${port}/metrics/query?metric=http_requests&group_by=endpoint'`,
  `  curl -s '127.0.0.1:${port}/metrics/export?metric=revenue&from=1d&format=csv'`,
  '',
]
const screen = new Screen(process.stdout, terminal && !process.env['NO_COLOR'])
if (terminal) screen.draw([...welcome, historyLine(history), '  The first visitors are on their way.'])
else console.log([...welcome, historyLine(history), ''].join('\n'))

while (!stop.signal.aborted) {
  await pause(terminal ? 2000 : 5000, undefined, { signal: stop.signal }).catch(() => undefined)
  if (!stop.signal.aborted) await show().catch((error: unknown) => console.error(String(error)))
}
await end(shop, visitors)

async function show(): Promise<void> {
  const summary = await askSummary(origin)
  if (stop.signal.aborted) return
  if (!terminal) return console.log(plainLine(summary))
  const clock = clockText(hourAt(performance.now() - opened))
  screen.draw([...welcome, ...screenLines(summary, history, clock), `  Kept in ${shown}. Ctrl-C ends.`])
}

async function end(shop: Shop, visitors: ChildProcess): Promise<void> {
  if (visitors.exitCode === null && visitors.signalCode === null) {
    const gone = once(visitors, 'exit')
    visitors.disconnect()
    await Promise.race([gone, pause(2000).then(() => visitors.kill('SIGKILL'))])
  }
  await shop.paid()
  const left = await askHistory(origin).catch(() => undefined)
  await shop.close()
  const story = left ? historyLine(left) : 'Nobody came.'
  console.log(`\n${story} It is kept in ${shown}; npm start goes on from there.`)
  process.exit(0)
}

/** The first free port from `wanted` on. */
async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; ; port++) {
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    server.close()
    if (free || port >= wanted + 50) return port
  }
}
