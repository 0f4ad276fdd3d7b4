import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../../scripts/system.ts'
import { Daemon, freePort } from './daemon.ts'

/** A MariaDB server with a data directory of its own. */
export interface Mariadb {
  /** As root, without a password, into the database `test`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
  kill(): Promise<void>
  freeze(): void
  resume(): void
  /** Stops it and removes its data. */
  end(): Promise<void>
}

/** Starts a MariaDB server on a free port, with an empty database `test`. */
export async function startMariadb(): Promise<Mariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-mariadb-'))
  const data = join(folder, 'data')
  const port = await freePort()
  // It refuses to run as root unless it is told so.
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const how = ['--auth-root-authentication-method=normal', '--skip-name-resolve', '--basedir=/usr', ...user]
  const made = spawnSync(program('mariadb-install-db'), ['--no-defaults', `--datadir=${data}`, ...how], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`mariadb-install-db failed:\n${made.stdout}${made.stderr}`)
  const socket = join(folder, 'socket')
  const daemon = new Daemon({
    command: program('mariadbd'),
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${socket}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=16M',
      ...user,
    ],
    cwd: folder,
    serves: (said) => said.includes('ready for connections'),
  })
  await daemon.start()
  return Object.assign(daemon, {
    url: `mysql://root@127.0.0.1:${port}/test`,
    port,
    end: async () => {
      await daemon.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}
