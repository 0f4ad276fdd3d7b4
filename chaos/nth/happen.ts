import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { program } from '../../scripts/system.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import { DAY } from '../../src/core/time.ts'
import { present } from '../present.ts'
import { driverAt, sealAt, storeOver } from '../shelf.ts'
import { sqlite } from '../stores/sqlite.ts'

const APP = fileURLToPath(new URL('./app.ts', import.meta.url))
/** An app that hangs is wrong, ms. */
const PATIENCE = 60_000

/** What one app said, and how it ended. */
interface Said {
  readonly sent: ReadonlySet<string>
  readonly kept: ReadonlySet<string>
  readonly wrongs: readonly string[]
  readonly log: readonly string[]
}

/** How it went with one failing call. */
export interface Outcome {
  readonly wrongs: readonly string[]
  readonly kept: number
  readonly log: readonly string[]
}

/**
 * Lets the Nth call of an app that makes a store, flushes, seals and closes go wrong, and looks at what is left. `fault` is
 * as strace has it: `pwrite64:error=EIO`, `pwrite64:signal=KILL`.
 */
export async function failNth(fault: string, nth: number): Promise<Outcome> {
  const field = await sqlite()
  const began = Math.floor(Date.now() / DAY) * DAY
  try {
    const said = await run(field.file!, `${fault}:when=${nth}`, { NTH_STORAGE: field.url, NTH_BEGAN: `${began}` })
    const wrongs = [...said.wrongs, ...integrity(field.file!), ...(await totals(field.truth, said, began))]
    return { wrongs, kept: said.kept.size, log: said.log }
  } finally {
    await field.end()
  }
}

async function run(file: string, fault: string, env: Record<string, string>): Promise<Said> {
  const paths = [file, `${file}-wal`, `${file}-shm`, `${file}-journal`].flatMap((path) => ['-P', path])
  const [calls = ''] = fault.split(':')
  // Which is faster, but signals do not come through.
  const fast = fault.includes('signal=') ? [] : ['--seccomp-bpf']
  const traced = ['-f', ...fast, '-o', '/dev/null', ...paths, '-e', `trace=${calls}`, '-e', `inject=${fault}`]
  const app = spawn(program('strace'), [...traced, process.execPath, '--disable-warning=ExperimentalWarning', APP], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  })
  const said = { sent: new Set<string>(), kept: new Set<string>(), wrongs: [] as string[], log: [] as string[] }
  createInterface(app.stdout).on('line', (line) => {
    const [word = '', ...rest] = line.split(' ')
    if (word === 'sent' || word === 'kept') said[word].add(rest[0]!)
    else if (word === 'log') said.log.push(rest.join(' '))
    else if (word === 'fatal') said.wrongs.push(`the app would have died: ${rest.join(' ')}`)
  })
  const [code, signal] = (await once(app, 'close')) as [number | null, string | null]
  const killed = fault.includes('signal=KILL') && signal === 'SIGKILL'
  if (code !== 0 && !killed) said.wrongs.push(`the app ended with ${code ?? signal}`)
  return said
}

/** A file that is not there was never made: nothing was acknowledged then, or the totals say so. */
function integrity(file: string): string[] {
  const connection = engineOf('auto').connect(file)
  try {
    const [row] = connection.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
    return row?.integrity_check === 'ok' ? [] : [`integrity: ${JSON.stringify(row)}`]
  } finally {
    connection.close()
  }
}

async function totals(url: string, { sent, kept }: Said, began: number): Promise<string[]> {
  const driver = await driverAt(url)
  try {
    const ended = began + DAY
    await sealAt(driver, ended)
    const { items, wrongs } = await present(storeOver(driver), new Date(began - DAY).toISOString(), ended)
    const gone = [...kept].filter((name) => !items.has(name))
    const made = [...items].filter((name) => !sent.has(name))
    return [
      ...wrongs,
      ...(gone.length > 0 ? [`acknowledged and not there: ${gone.join(' ')}`] : []),
      ...(made.length > 0 ? [`there and never sent: ${made.join(' ')}`] : []),
    ]
  } finally {
    await driver.close()
  }
}
