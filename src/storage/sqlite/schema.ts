import { MetricsError } from '../../errors.ts'
import type { Connection } from './engine.ts'

/** `pmet`: tells our files from those of other programs. */
export const APPLICATION_ID = 0x706d6574

/** A step for each version of the schema, never changed once published. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE boxes (
    id INTEGER PRIMARY KEY,
    shelf INTEGER NOT NULL, -- 2 × tier (0 1m, 1 15m, 2 1h, 3 1d), and 1 when sealed
    start INTEGER NOT NULL, -- Unix milliseconds
    writer TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    numbers BLOB NOT NULL,  -- before detail: a long row is a chain of pages, read only as far as needed
    detail BLOB NOT NULL
  );
  CREATE UNIQUE INDEX boxes_place ON boxes (shelf, start, writer);
  CREATE INDEX boxes_bytes ON boxes (shelf, bytes);
  CREATE TABLE names (id TEXT PRIMARY KEY, text TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE writers (id INTEGER PRIMARY KEY, writer TEXT NOT NULL UNIQUE, number REAL NOT NULL, seen REAL NOT NULL);
  CREATE TABLE last_event (id INTEGER NOT NULL);
  INSERT INTO last_event VALUES (0);

  CREATE TABLE http_requests (
    id INTEGER PRIMARY KEY, timestamp REAL NOT NULL, endpoint TEXT NOT NULL, method TEXT, status INTEGER,
    latency_ms REAL, ttfb_ms REAL, request_bytes INTEGER, response_bytes INTEGER, slow INTEGER, aborted INTEGER,
    instance TEXT, labels TEXT, weight REAL NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL, fields TEXT
  );
  CREATE TABLE custom_metrics (
    id INTEGER PRIMARY KEY, timestamp REAL NOT NULL, metric_name TEXT NOT NULL, value REAL, labels TEXT,
    weight REAL NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL, fields TEXT
  );
  CREATE TABLE system_metrics (
    id INTEGER PRIMARY KEY, timestamp REAL NOT NULL, cpu REAL, memory REAL, disk REAL, name TEXT NOT NULL, value REAL,
    labels TEXT, weight REAL NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL, fields TEXT
  );
  CREATE TABLE errors (
    id INTEGER PRIMARY KEY, timestamp REAL NOT NULL, type TEXT NOT NULL, message TEXT, stack TEXT, frame TEXT,
    group_id TEXT, endpoint TEXT, value REAL, labels TEXT,
    weight REAL NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL, fields TEXT
  );
  CREATE TABLE events (
    id INTEGER PRIMARY KEY, timestamp REAL NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value REAL, labels TEXT,
    weight REAL NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL, fields TEXT
  );
  CREATE INDEX http_requests_time ON http_requests (timestamp);
  CREATE INDEX custom_metrics_time ON custom_metrics (timestamp);
  CREATE INDEX system_metrics_time ON system_metrics (timestamp);
  CREATE INDEX errors_time ON errors (timestamp);
  CREATE INDEX events_time ON events (timestamp);

  CREATE VIEW v_requests AS
    SELECT id, strftime('%Y-%m-%d %H:%M:%f', timestamp, 'unixepoch') AS time, endpoint, method, status,
      latency_ms, ttfb_ms, request_bytes, response_bytes, coalesce(slow, 0) AS slow, coalesce(aborted, 0) AS aborted,
      instance, weight FROM http_requests;
  CREATE VIEW v_requests_recent AS SELECT * FROM v_requests ORDER BY id DESC LIMIT 1000;
  CREATE VIEW v_tracked AS
    SELECT id, strftime('%Y-%m-%d %H:%M:%f', timestamp, 'unixepoch') AS time, metric_name, value, labels, weight
    FROM custom_metrics;
  CREATE VIEW v_system AS
    SELECT id, strftime('%Y-%m-%d %H:%M:%f', timestamp, 'unixepoch') AS time, cpu, memory, disk FROM system_metrics;
  CREATE VIEW v_errors AS
    SELECT id, strftime('%Y-%m-%d %H:%M:%f', timestamp, 'unixepoch') AS time, type, message, endpoint, frame, stack
    FROM errors;
  CREATE VIEW v_events AS
    SELECT id, strftime('%Y-%m-%d %H:%M:%f', timestamp, 'unixepoch') AS time, kind, name, value, labels, fields
    FROM events;
  CREATE VIEW v_boxes AS
    SELECT CASE shelf / 2 WHEN 0 THEN '1m' WHEN 1 THEN '15m' WHEN 2 THEN '1h' ELSE '1d' END AS tier, shelf % 2 AS sealed,
      strftime('%Y-%m-%d %H:%M', start / 1000, 'unixepoch') AS time, writer, bytes FROM boxes;
  `,
  // What was tracked with an id, by hashes, so that a retry is known.
  `
  CREATE TABLE claims (id TEXT PRIMARY KEY, owner TEXT NOT NULL, at REAL NOT NULL, kept INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX claims_at ON claims (at);
  `,
]

/** The version of the schema that this code reads and writes. */
export const VERSION: number = STEPS.length

function pragma(connection: Connection, name: string): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}

/** Throws unless the file is new, or ours and not of a version to come. */
export function admit(connection: Connection, path: string): number {
  // First: another process may make the tables and write who it is meanwhile, which is then read here.
  const tables = connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()
  const version = pragma(connection, 'user_version')
  const application = pragma(connection, 'application_id')
  if (version > VERSION && application === APPLICATION_ID) {
    throw new MetricsError('storage_newer', `${path} was written by a newer version of pocketmetrics`, {
      hint: 'upgrade this app, or give it another file; the file is left as it is',
    })
  }
  if (application === APPLICATION_ID) return version
  if (application === 0 && version === 0 && Number(tables?.['tables']) === 0) return 0
  throw new MetricsError('storage_unwritable', `${path} is the database of another program`, {
    hint: 'give metrics a file of their own: storage: "sqlite://metrics.db"',
  })
}

/** Brings the schema up to VERSION; called inside a transaction that holds the write lock, so the version read is true. */
export function migrate(connection: Connection, path: string): void {
  const version = admit(connection, path)
  if (version === VERSION) return
  for (const step of STEPS.slice(version)) connection.exec(step)
  connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`)
}
