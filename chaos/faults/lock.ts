import { setTimeout as pause } from 'node:timers/promises'
import { engineOf } from '../../src/storage/sqlite/engine.ts'
import type { Fault } from '../fault.ts'

function begins(connection: ReturnType<ReturnType<typeof engineOf>['connect']>): boolean {
  try {
    connection.exec('BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (/locked|busy/i.test(String(error))) return false
    throw error
  }
}

/** Another program holds the file's lock: a backup, a shell that somebody left open (R7). */
export const lock: Fault = {
  name: 'lock',
  longest: 3_500,
  cuts: true,
  possible: ({ field }) => field.file !== undefined,
  async strike({ field }) {
    const connection = engineOf('auto').connect(field.file!)
    connection.exec('PRAGMA busy_timeout = 0')
    // Waiting in SQLite would hold up those who ask the apps, too, and whoever is to let go of the lock.
    while (!begins(connection)) await pause(5)
    return async () => {
      connection.exec('ROLLBACK')
      connection.close()
    }
  },
}

/** Somebody reads for long, and the log of writes grows behind it (R13). */
export const reader: Fault = {
  name: 'reader',
  longest: 5_000,
  possible: ({ field }) => field.file !== undefined,
  async strike({ field }) {
    const connection = engineOf('auto').connect(field.file!)
    connection.exec('PRAGMA busy_timeout = 5000')
    connection.exec('BEGIN')
    connection.prepare('SELECT count(*) FROM sqlite_schema').all()
    return async () => {
      connection.exec('ROLLBACK')
      connection.close()
    }
  },
}
