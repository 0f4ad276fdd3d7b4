import { MetricsError } from '../../errors.ts'
import type { Line } from './line.ts'

/** A step for each version of the schema, never changed once published; `@` stands for the schema. */
const STEPS: readonly string[] = [
  // Primary keys hold what one would distribute or partition by, for Citus and Timescale. Bytes are packed already.
  `
  CREATE TABLE @.boxes (
    shelf smallint NOT NULL, -- 2 × tier (0 1m, 1 15m, 2 1h, 3 1d), and 1 when sealed
    start bigint NOT NULL,   -- Unix milliseconds
    writer text COLLATE "C" NOT NULL,
    session bigint NOT NULL, -- who put it, and as its how many-th put: one that was held up does not undo a later one
    turn bigint NOT NULL,
    numbers bytea NOT NULL,
    detail bytea NOT NULL,
    PRIMARY KEY (shelf, start, writer)
  ) WITH (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05);
  ALTER TABLE @.boxes ALTER numbers SET STORAGE EXTERNAL, ALTER detail SET STORAGE EXTERNAL;
  CREATE TABLE @.names (id text COLLATE "C" PRIMARY KEY, text text NOT NULL, seen double precision NOT NULL);
  CREATE TABLE @.documents (key text COLLATE "C" PRIMARY KEY, value text NOT NULL);
  CREATE TABLE @.claims (
    id text COLLATE "C" PRIMARY KEY, owner text NOT NULL, at double precision NOT NULL, kept boolean NOT NULL
  );
  CREATE INDEX claims_at ON @.claims (at);
  CREATE TABLE @.writers (
    writer text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, before bigint NOT NULL, seen double precision NOT NULL
  );
  CREATE TABLE @.last_event (one boolean PRIMARY KEY CHECK (one), id bigint NOT NULL);
  INSERT INTO @.last_event VALUES (true, 0);
  CREATE TABLE @.events (
    id bigint NOT NULL,
    time bigint NOT NULL, -- Unix milliseconds
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    value double precision NOT NULL,
    weight double precision NOT NULL,
    labels json,
    fields json,
    writer text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (id, time)
  );
  CREATE INDEX events_time ON @.events (time, id);
  CREATE INDEX events_kind ON @.events (kind, id);

  CREATE VIEW @.v_requests AS
    SELECT id, to_timestamp(time / 1000.0) AS time, name AS endpoint, fields ->> 'method' AS method,
      (fields ->> 'status')::integer AS status, value AS latency_ms,
      (fields ->> 'ttfb_ms')::double precision AS ttfb_ms, (fields ->> 'request_bytes')::bigint AS request_bytes,
      (fields ->> 'response_bytes')::bigint AS response_bytes,
      coalesce(fields ->> 'slow', 'false')::boolean AS slow, coalesce(fields ->> 'aborted', 'false')::boolean AS aborted,
      fields ->> 'instance' AS instance, weight
    FROM @.events WHERE kind = 'request';
  CREATE VIEW @.v_tracked AS
    SELECT id, to_timestamp(time / 1000.0) AS time, name AS metric_name, value, labels, weight
    FROM @.events WHERE kind = 'track';
  CREATE VIEW @.v_errors AS
    SELECT id, to_timestamp(time / 1000.0) AS time, name AS type, fields ->> 'message' AS message,
      fields ->> 'endpoint' AS endpoint, fields ->> 'frame' AS frame, fields ->> 'stack' AS stack
    FROM @.events WHERE kind = 'error';
  CREATE VIEW @.v_events AS
    SELECT id, to_timestamp(time / 1000.0) AS time, kind, name, value, labels, fields
    FROM @.events WHERE kind NOT IN ('request', 'track', 'error');
  CREATE VIEW @.v_boxes AS
    SELECT CASE shelf / 2 WHEN 0 THEN '1m' WHEN 1 THEN '15m' WHEN 2 THEN '1h' ELSE '1d' END AS tier,
      shelf % 2 = 1 AS sealed, to_timestamp(start / 1000.0) AS time, writer,
      octet_length(numbers) + octet_length(detail) AS bytes
    FROM @.boxes;
  `,
]

/** The version of the schema that this code reads and writes. */
export const VERSION: number = STEPS.length

/** Several statements in one message are one transaction, so that no lock outlives a client that stops in between. */
function migration(schema: string): string {
  const steps = STEPS.map(
    (
      step,
      version
    ) => `IF (SELECT version FROM ${schema}.pocketmetrics) = ${version} THEN ${step.replaceAll('@.', `${schema}.`)}
      UPDATE ${schema}.pocketmetrics SET version = ${version + 1};
    END IF;`
  )
  const name = schema.slice(1, -1)
  return `
    SELECT pg_advisory_xact_lock(hashtext('pocketmetrics ${schema}'));
    DO $migration$ BEGIN
      -- Tables are asked, and not to_regclass(), which may remember what was not there before the lock was waited for.
      -- CREATE SCHEMA IF NOT EXISTS wants a right that it would not need.
      IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${name}') THEN
        CREATE SCHEMA ${schema};
      END IF;
      IF NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = '${name}' AND tablename = 'pocketmetrics') THEN
        CREATE TABLE ${schema}.pocketmetrics (version integer NOT NULL);
        INSERT INTO ${schema}.pocketmetrics VALUES (0);
      END IF;
    END $migration$;
    DO $migration$ BEGIN ${steps.join('\n')} END $migration$;`
}

async function versionOf(line: Line, schema: string, ms: number): Promise<number> {
  const asked = `SELECT to_regclass('${schema}.pocketmetrics') IS NOT NULL, current_setting('server_encoding')`
  const [[isThere, encoding] = []] = (await line.run(asked, [], ms)).rows
  if (encoding !== 'UTF8' && encoding !== 'SQL_ASCII') {
    throw new MetricsError('storage_unwritable', `PostgreSQL keeps this database in ${encoding}`, {
      hint: "give metrics a database of their own: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    })
  }
  if (isThere !== 't') return 0
  return Number((await line.run(`SELECT version FROM ${schema}.pocketmetrics`, [], ms)).rows[0]?.[0] ?? 0)
}

/** Makes the schema (quoted) or brings it up to VERSION; throws, and leaves it alone, where it is of a version to come. */
export async function migrate(line: Line, schema: string, left: () => number): Promise<void> {
  const found = await versionOf(line, schema, left())
  if (found < VERSION) await line.run(migration(schema), [], left())
  const version = found < VERSION ? await versionOf(line, schema, left()) : found
  if (version === VERSION) return
  throw new MetricsError('storage_newer', 'The tables in PostgreSQL were made by a newer version of pocketmetrics', {
    hint: 'upgrade this app, or give it another schema (?schema=…); what is there is left as it is',
  })
}
