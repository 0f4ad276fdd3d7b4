import type { Reply } from './child.ts'

/** What must differ between two stores or two fleets that have recorded the same, and nothing else, is made the same. */
export interface Differences {
  /** Processes that record, and the one that is asked. */
  readonly instances: number
  /** How the store calls itself. */
  readonly mode: 'disk' | 'remote'
}

/** An answer without them; throws where one of them is not as it must be. */
export function plain(url: string, { status, type, body }: Reply, { instances, mode }: Differences): string {
  let text = body
  if (/^\/metrics(\?(?!.*format)|$)/.test(url)) {
    text = replaced(text, `"instances":${instances},"storage":"${mode}"`, '"instances":n,"storage":"s"')
  }
  if (url === '/metrics/metrics') text = text.replaceAll(/instance=[^;"]*/g, 'instance=*')
  if (url === '/metrics/labels' || url === '/metrics/labels?metric=http_active') text = withoutInstances(text)
  return `${status} ${type}\n${text}`
}

/** The same of single things: by the time at which they happened, without their numbers, recorded by somebody. */
export function plainSingles({ status, body }: Reply): string {
  const { data, ...envelope } = JSON.parse(body) as { data: Record<string, unknown>[]; newest_id: unknown }
  const rows = data.map((row) => JSON.stringify({ ...row, id: 0, instance: row['instance'] && '*' }))
  const inOrder = data.map(({ id }) => Number(id))
  if (inOrder.some((id, at) => at > 0 && id >= inOrder[at - 1]!)) throw new Error('numbers do not fall')
  return `${status} ${JSON.stringify({ ...envelope, newest_id: 0 })}\n${rows.toSorted(byTime).join('\n')}`
}

/** The same where instances are called after their host and process id. */
export function plainHosts(text: string): string {
  return text.replaceAll(/\b(host-\d):\d+/g, '$1')
}

function byTime(a: string, b: string): number {
  const ts = (row: string): number => Number(/"ts":(\d+)/.exec(row)?.[1])
  return ts(a) - ts(b) || (a < b ? -1 : 1)
}

function withoutInstances(text: string): string {
  const lines = text.split('\n').filter((line) => !line.includes('"label":"instance"'))
  return lines.join('\n').replace(/"(row_count|total_rows)":\d+/g, '"$1":0')
}

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`${what} is not in ${text.slice(0, 1_000)}`)
  return text.replace(what, by)
}
