import { pathToFileURL } from 'node:url'
import { AS_OF, FROM } from '../src/llm/prices/edition.ts'
import { AUDITED } from '../src/llm/prices/overlay.ts'
import { run } from './step.ts'

const DAY = 86_400_000
const OLDEST = 30

/** What the calendar and the registry say of the prices that would ship. */
export interface Ages {
  readonly now: number
  /** The day of the snapshot, its version, and the newest that there is. */
  readonly asOf: string
  readonly version: string
  readonly newest: string
  /** The day on which our own rows were last reviewed. */
  readonly audited: string
}

/** Why a release would ship old prices; undefined: it would not. Only a release asks, so an old checkout stays green. */
export function staleness({ now, asOf, version, newest, audited }: Ages): string | undefined {
  const age = (day: string): number => Math.floor((now - Date.parse(day)) / DAY)
  if (newest !== version) return `prices are of ${version}, and there is ${newest}: npm install it, then npm run prices`
  if (age(asOf) > OLDEST && age(audited) > OLDEST)
    return `prices are ${age(asOf)} days old, and nothing is newer: compare them with the providers' pages, then set AUDITED in src/llm/prices/overlay.ts`
  return undefined
}

async function check(): Promise<void> {
  const [name = '', version = ''] = FROM.split(' ')
  const ended = await run('npm', ['view', name, 'version'], { quiet: true, minutes: 1 })
  const newest = ended.output.trim().split('\n').at(-1) ?? ''
  const wrong = staleness({ now: Date.now(), asOf: AS_OF, version, newest, audited: AUDITED })
  console.log(wrong ?? `prices: ${FROM}, ${AS_OF}, our own rows ${AUDITED}`)
  process.exitCode = wrong === undefined ? 0 : 1
}

// `npm publish` runs it before it publishes.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await check()
