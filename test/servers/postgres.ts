import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../../scripts/system.ts'
import { Daemon, freePort } from './daemon.ts'

/** A PostgreSQL server with a data directory of its own. */
export interface Postgres {
  /** As its superuser `postgres`, whose password is `secret`, into the database `postgres`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** The URL of another user or database. */
  urlOf(user: string, password: string, database?: string): string
  /** Runs statements as the superuser; answers what psql prints. */
  sql(text: string, database?: string): string
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Stops every process of it in its tracks. */
  freeze(): void
  resume(): void
  /** Stops it and removes its data. */
  end(): Promise<void>
}

/** Whom it runs as. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** It does not run as root: the user of Debian's package does, or nobody. */
export function somebody(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const found = lines.find((line) => line.startsWith('postgres:')) ?? lines.find((line) => line.startsWith('nobody:'))
  const [, , uid = 65_534, gid = 65_534] = (found ?? '').split(':').map(Number)
  return { uid, gid }
}

function parentOf(pid: number): number {
  try {
    return Number(/\) \w (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}

/** Each connection is a process in a session of its own, so that no group holds them. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((child) => child > 0 && parentOf(child) === pid)
}

function tell(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has just ended.
    }
  }
}

const QUICK = ['fsync=off', 'full_page_writes=off', 'shared_buffers=16MB', 'listen_addresses=127.0.0.1']

function makeCluster(folder: string, user: User | undefined): string {
  const cluster = join(folder, 'data')
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'secret\n')
  if (user) for (const path of [folder, secret]) chownSync(path, user.uid, user.gid)
  const how = ['-A', 'scram-sha-256', '-U', 'postgres', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(program('initdb'), ['-D', cluster, ...how], { ...user, stdio: 'ignore', cwd: folder })
  return cluster
}

/** Starts a PostgreSQL server on a free port, with settings such as `max_connections=5`. */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-postgres-'))
  const user = somebody()
  const port = await freePort()
  const cluster = makeCluster(folder, user)
  const options = [...QUICK, ...settings].flatMap((setting) => ['-c', setting])
  const who = user === undefined ? [] : ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups']
  const daemon = new Daemon({
    // However these tests end, so does it, with all of its processes.
    command: 'setpriv',
    args: [
      ...who,
      '--pdeathsig',
      'QUIT',
      program('postgres'),
      '-D',
      cluster,
      '-p',
      `${port}`,
      '-k',
      folder,
      ...options,
    ],
    cwd: folder,
    env: { LC_ALL: 'C' },
    // `-m fast`: connections are cut.
    signal: 'SIGINT',
    serves: (said) => said.includes('ready to accept connections'),
  })
  const urlOf = (name: string, password: string, database: string = 'postgres'): string =>
    `postgres://${name}:${password}@127.0.0.1:${port}/${database}`
  const resume = (): void => tell([...childrenOf(daemon.pid), daemon.pid], 'SIGCONT')
  const stop = async (): Promise<void> => {
    resume()
    await daemon.stop()
  }
  const start = (): Promise<void> => daemon.start()
  await start()
  return {
    url: urlOf('postgres', 'secret'),
    port,
    get pid() {
      return daemon.pid
    },
    urlOf,
    sql: (text, database) => {
      const how = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text, urlOf('postgres', 'secret', database)]
      return execFileSync(program('psql'), how, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
    },
    start,
    stop,
    restart: async () => {
      await stop()
      await start()
    },
    kill: async () => {
      const left = childrenOf(daemon.pid)
      const ended = daemon.kill()
      tell(left, 'SIGKILL')
      await ended
    },
    freeze: () => {
      // First the one that would make more of them.
      tell([daemon.pid], 'SIGSTOP')
      tell(childrenOf(daemon.pid), 'SIGSTOP')
    },
    resume,
    end: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
