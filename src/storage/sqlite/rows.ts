import type { Event, Field, KeptEvent } from '../../core/event.ts'
import type { Row, Value } from './engine.ts'

type Type = 'text' | 'real' | 'integer' | 'boolean'

/** Where one kind of event is kept, so that any SQL tool finds what it expects. */
export interface EventTable {
  readonly table: string
  /** The kind that has this table for itself; undefined where `kind` is a column. */
  readonly kind: string | undefined
  readonly name: string
  readonly value: string
  /** Fields with a column of their own: field, column, type. Any other field, or one of another type, is in `fields`. */
  readonly columns: readonly (readonly [field: string, column: string, type: Type])[]
}

/** Every table of events; the last takes the kinds that have none of their own. */
export const EVENT_TABLES: readonly EventTable[] = [
  {
    table: 'http_requests',
    kind: 'request',
    name: 'endpoint',
    value: 'latency_ms',
    columns: [
      ['method', 'method', 'text'],
      ['status', 'status', 'integer'],
      ['ttfb_ms', 'ttfb_ms', 'real'],
      ['request_bytes', 'request_bytes', 'integer'],
      ['response_bytes', 'response_bytes', 'integer'],
      ['slow', 'slow', 'boolean'],
      ['aborted', 'aborted', 'boolean'],
      ['instance', 'instance', 'text'],
    ],
  },
  { table: 'custom_metrics', kind: 'track', name: 'metric_name', value: 'value', columns: [] },
  {
    table: 'system_metrics',
    kind: 'system',
    name: 'name',
    value: 'value',
    columns: [
      ['cpu', 'cpu', 'real'],
      ['memory', 'memory', 'real'],
      ['disk', 'disk', 'real'],
    ],
  },
  {
    table: 'errors',
    kind: 'error',
    name: 'type',
    value: 'value',
    columns: [
      ['message', 'message', 'text'],
      ['stack', 'stack', 'text'],
      ['frame', 'frame', 'text'],
      ['group', 'group_id', 'text'],
      ['endpoint', 'endpoint', 'text'],
    ],
  },
  { table: 'events', kind: undefined, name: 'name', value: 'value', columns: [] },
]

const BY_KIND: ReadonlyMap<string | undefined, EventTable> = new Map(EVENT_TABLES.map((table) => [table.kind, table]))

/** The table that takes events of this kind. */
export function tableOf(kind: string): EventTable {
  return BY_KIND.get(kind) ?? BY_KIND.get(undefined)!
}

/** SQL text cannot hold half a character, and tools end a text at a NUL. */
const isClean = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
const cleaned = (text: string): string => (isClean(text) ? text : text.replaceAll('\0', '\uFFFD').toWellFormed())

/** What a column holds for a field; undefined when it cannot hold it exactly. */
function columnValue(field: Field | undefined, type: Type): Value | undefined {
  switch (type) {
    case 'text':
      return typeof field === 'string' && isClean(field) ? field : undefined
    case 'real':
      return typeof field === 'number' ? field : undefined
    case 'integer':
      return Number.isSafeInteger(field) ? (field as number) : undefined
    case 'boolean':
      return typeof field === 'boolean' ? Number(field) : undefined
  }
}

/** The statement that keeps one event; its parameters are those of `parameters`. */
export function insertion(table: EventTable): string {
  return INSERTIONS.get(table)!
}

// Made once: for each event it would take longer than to keep it.
const INSERTIONS: ReadonlyMap<EventTable, string> = new Map(EVENT_TABLES.map((table) => [table, insertionOf(table)]))

function insertionOf({ table, kind, name, value, columns }: EventTable): string {
  const names = ['id', 'timestamp', name, value, 'labels', 'weight', 'writer', 'number', 'fields']
  if (kind === undefined) names.push('kind')
  names.push(...columns.map(([, column]) => column))
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
}

/** One event as the parameters of `insertion`; `writer` is the row of its writer. */
export function parameters(table: EventTable, event: Event, id: number, writer: number): Value[] {
  const rest = new Map(Object.entries(event.fields))
  const own: Value[] = table.kind === undefined ? [event.kind] : []
  for (const [field, , type] of table.columns) {
    const value = columnValue(rest.get(field), type)
    own.push(value ?? null)
    if (value !== undefined) rest.delete(field)
  }
  const labels = JSON.stringify(event.labels)
  const fields = rest.size === 0 ? null : JSON.stringify(Object.fromEntries(rest))
  const { time, name, value, weight, number } = event
  return [
    id,
    time / 1000,
    cleaned(name),
    value,
    labels === '{}' ? null : labels,
    weight,
    writer,
    number,
    fields,
    ...own,
  ]
}

/** The statement that reads a page of a table, newest first. */
export function selection({ table, kind, name }: EventTable, hasName: boolean, hasKinds: boolean): string {
  const where = ['id > ?', 'id < ?', 'timestamp >= ?', 'timestamp < ?']
  if (hasName) where.push(`${name} = ?`)
  if (hasKinds && kind === undefined) where.push('kind IN (SELECT value FROM json_each(?))')
  const writer = `(SELECT w.writer FROM writers w WHERE w.id = t.writer) AS wrote`
  return `SELECT t.*, ${writer} FROM ${table} t WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`
}

/** A row of `selection` as the event that was put. */
export function eventOf(table: EventTable, row: Row): KeptEvent {
  const fields: Record<string, Field> = {}
  for (const [field, column, type] of table.columns) {
    const value = row[column]
    if (value !== null && value !== undefined) fields[field] = type === 'boolean' ? value === 1 : (value as Field)
  }
  if (row['fields'] !== null) Object.assign(fields, JSON.parse(String(row['fields'])))
  return {
    id: Number(row['id']),
    writer: String(row['wrote'] ?? ''),
    number: Number(row['number']),
    kind: table.kind ?? String(row['kind']),
    time: Math.round(Number(row['timestamp']) * 1000),
    name: String(row[table.name]),
    value: Number(row[table.value]),
    weight: Number(row['weight']),
    labels: row['labels'] === null ? {} : (JSON.parse(String(row['labels'])) as Record<string, string>),
    fields,
  }
}
