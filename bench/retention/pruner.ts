import { createRequire } from 'node:module'
import type { DatabaseSync } from 'node:sqlite'
import { tell } from '../launch.ts'
import { load } from '../library.ts'

/** What deleting took. */
export interface Pruned {
  readonly rows: number
  readonly ms: number
}

const [file = '', rows = '1000000'] = process.argv.slice(2)
const { sqlite } = await load('storage/sqlite')
const driver = sqlite(file)
await driver.open()
const now = Date.now()
const old = now - 40 * 86_400_000
await driver.put({
  boxes: [],
  names: [],
  events: [
    { writer: 'old', number: 1, kind: 'track', time: old, name: 'orders', value: 1, weight: 1, labels: {}, fields: {} },
  ],
  time: old,
})
// As many again as rows of SQL: putting ten million would take minutes.
const { DatabaseSync: Database } = createRequire(import.meta.url)('node:sqlite') as {
  DatabaseSync: new (path: string) => DatabaseSync
}
const connection = new Database(file)
connection.exec('PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF')
connection.exec(`
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO custom_metrics (id, timestamp, metric_name, value, labels, weight, writer, number, fields)
  SELECT 10 + i, ${old / 1000} + i / 1000.0, 'orders', 1, '{"plan":"pro"}', 1, 1, 10 + i, NULL FROM n`)
connection.exec(`UPDATE last_event SET id = ${Number(rows) + 100}; PRAGMA wal_checkpoint(TRUNCATE)`)
connection.close()
tell({ ready: true })
process.on('message', () => {
  void (async () => {
    const began = performance.now()
    const gone = await driver.prune('events', now - 86_400_000)
    const ms = performance.now() - began
    await driver.close()
    tell({ rows: gone, ms } satisfies Pruned)
  })()
})
