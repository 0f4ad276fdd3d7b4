import { parseArgs } from 'node:util'
import { columns } from './columns.ts'
import { type Command, Misuse } from './command.ts'

const HELP = `pocketmetrics prune --storage <url> [options]

Deletes what is older than you say, in short steps, while the app goes on. Without
--yes nothing is deleted: it says what would be.

  --storage <url>       which store, such as sqlite://metrics.db
  --older-than <age>    such as 30d or 12h; default: how long each thing is kept
  --what <list>         of events, 1m, 15m, 1h, 1d (default: all of them)
  --dry-run             say what would be deleted, even with --yes
  --yes                 delete it
  --json                the same as JSON

What coarser resolutions are still to be made of stays, so their totals are whole.`

interface Wish {
  readonly storage: string
  readonly params: readonly (readonly [string, string])[]
  readonly dry: boolean
  readonly json: boolean
}

/** The command `prune`. */
export const prune: Command = {
  name: 'prune',
  summary: 'deletes old events and history; says first what would go',
  help: HELP,
  async run(words, world) {
    const { storage, params, dry, json } = read(words)
    const rows = await world.call(storage, 'prune', params)
    const count = dry ? 'would_delete' : 'deleted'
    const lines = rows.map((row) => [String(row['what']), Number(row[count]), `before ${String(row['before'])}`])
    const table = columns([['', dry ? 'would go' : 'gone', ''], ...lines])
    for (const line of json ? [JSON.stringify(rows, null, 2)] : table) world.out(line)
    if (dry && !json) world.out('Nothing was deleted. Add --yes to delete it.')
    return 0
  },
}

function read(words: readonly string[]): Wish {
  const options = {
    storage: { type: 'string' },
    'older-than': { type: 'string' },
    what: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const
  const { values } = parsed(() => parseArgs({ args: [...words], options }))
  const { storage, what, yes, json, 'older-than': age, 'dry-run': only } = values
  if (storage === undefined) throw new Misuse('Say which store: --storage sqlite://metrics.db')
  const dry = only || !yes
  const params: (readonly [string, string])[] = [['dry_run', dry ? '1' : '0']]
  if (age !== undefined) params.push(['older_than', age])
  if (what !== undefined) params.push(['what', what])
  return { storage, params, dry, json }
}

function parsed<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error))
  }
}
