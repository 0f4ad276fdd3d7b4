import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const MODULE = new URL(`../../src/pipeline/signals.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  .href

interface End {
  readonly code: number | null
  readonly signal: string | null
  readonly said: string
}

/** Runs a script in a process of its own; `act` is called when it has said `ready`. */
async function run(
  script: string,
  act: (kill: (signal: NodeJS.Signals) => void, said: () => string) => void = () => undefined,
  before: readonly string[] = []
): Promise<End> {
  const source = `import { beforeLeaving } from ${JSON.stringify(MODULE)}\nconst say = (text) => process.stdout.write(text + '\\n')\n${script}\nsay('ready')`
  const [command, ...args] = [...before, process.execPath, '--input-type=module', '-e', source]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (signal: NodeJS.Signals): void =>
    void process.kill(before.length > 0 ? childOf(child.pid!) : child.pid!, signal)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = said
    said += String(chunk)
    if (!before.includes('ready') && said.includes('ready')) act(kill, () => said)
    if (said.includes('again\n') && !before.includes('again\n')) child.kill('SIGTERM')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, said }
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

const ALIVE = 'setInterval(() => undefined, 1000)'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} that nobody else listens to: the last work is done, then the process ends by that signal`, async () => {
    const end = await run(
      `beforeLeaving(() => new Promise((resolve) => setTimeout(() => { say('done'); resolve() }, 50)))\n${ALIVE}`,
      (kill) => kill(signal)
    )
    assert.equal(end.signal, signal)
    assert.match(end.said, /done/)
  })
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`the first process of a container ends on ${signal} too, which the kernel keeps from it`, async () => {
    const end = await run(
      `beforeLeaving(async () => say('done by ' + process.pid))\n${ALIVE}`,
      (kill) => kill(signal),
      ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child']
    )
    assert.deepEqual([end.code, end.signal], [code, null])
    assert.match(end.said, /done by 1\n/)
  })
}

test('last work that hangs is left after a second', async () => {
  const end = await run(`beforeLeaving(() => new Promise(() => undefined))\n${ALIVE}`, (kill) => kill('SIGTERM'))
  assert.equal(end.signal, 'SIGTERM')
})

test('a second signal ends the process at once', async () => {
  const end = await run(
    `beforeLeaving(() => { say('again'); return new Promise(() => undefined) })\n${ALIVE}`,
    (kill) => kill('SIGTERM')
  )
  assert.equal(end.signal, 'SIGTERM')
})

test('an app that listens itself decides: it is never ended by us', async () => {
  const end = await run(
    `process.on('SIGTERM', () => setTimeout(() => { say('host'); process.exit(7) }, 100))\nbeforeLeaving(async () => say('done'))\n${ALIVE}`,
    (kill) => kill('SIGTERM')
  )
  assert.deepEqual([end.code, end.signal], [7, null])
  assert.match(end.said, /done\nhost/)
})

test('a script that has nothing left to do ends by itself, with the last work done', async () => {
  const end = await run(
    `let left = 1\nbeforeLeaving(async () => { if (left-- > 0) { await new Promise((resolve) => setTimeout(resolve, 20)); say('done') } })`
  )
  assert.deepEqual([end.code, end.signal], [0, null])
  assert.match(end.said, /done/)
})

test('what is taken back leaves no listener', async () => {
  const end = await run(
    `const back = [beforeLeaving(async () => undefined), beforeLeaving(async () => undefined)]\nfor (const undo of back) undo()\nsay(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT') + process.listenerCount('beforeExit') + ' left')`
  )
  assert.match(end.said, /0 left/)
})

for (const how of ['resolve(false)', "reject(new Error('no store'))"]) {
  test(`an idle process whose last work fails ends all the same: ${how}`, async () => {
    const end = await run(
      `beforeLeaving(() => new Promise((resolve, reject) => setTimeout(() => { say('tried'); ${how} }, 5)))`
    )
    assert.deepEqual([end.code, end.said.split('tried').length - 1], [0, 2])
  })
}
