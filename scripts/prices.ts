import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { updatePrices, waitForUpdate } from '@pydantic/genai-prices'
import { pack, type Packed } from '../src/llm/prices/compact.ts'
import { root, run } from './step.ts'

const PACKAGE = '@pydantic/genai-prices'
const FOLDER = join(root, 'src', 'llm', 'prices')

/** The version of the catalogue that is installed. */
export function installed(): string {
  const manifest = join(root, 'node_modules', PACKAGE, 'package.json')
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** The feed of the catalogue, which its package names. */
export function feed(): string {
  let address = ''
  updatePrices(({ remoteDataUrl }) => (address = remoteDataUrl))
  return address
}

/** The source text of the snapshot, made of the catalogue that is installed. */
export async function snapshot(): Promise<string> {
  const packed = pack(await waitForUpdate())
  return `// Made by scripts/prices.ts from ${PACKAGE} ${installed()} (MIT). Do not edit: our own rows are in overlay.ts.

/** Prices of all models of the catalogue that we ship, as JSON; read at the first call of a model, not before. */
export const SNAPSHOT: string = String.raw\`${lines(packed)}\`
`
}

/** JSON with a line for each model, so that a change of prices can be read. */
function lines({ rows, resold }: Packed): string {
  const providers = Object.entries(rows).map(([provider, models]) => {
    const list = models.map((model) => JSON.stringify(model)).join(',\n')
    return `${JSON.stringify(provider)}:[\n${list}]`
  })
  const text = `{"rows":{\n${providers.join(',\n')}},\n"resold":${JSON.stringify(resold)}}`
  if (/`|\$\{/.test(text)) throw new Error('a name in the catalogue would end the text')
  return text
}

/** The day on which a version of the catalogue was published. */
async function published(version: string): Promise<string> {
  const ended = await run('npm', ['view', PACKAGE, 'time', '--json'], { quiet: true, minutes: 1 })
  const [json = ''] = /\{[\s\S]*\}/.exec(ended.output) ?? []
  const time = (JSON.parse(json) as Record<string, string>)[version]
  if (time === undefined) throw new Error(`no day is known of ${PACKAGE} ${version}`)
  return time.slice(0, 10)
}

async function write(): Promise<void> {
  const version = installed()
  writeFileSync(join(FOLDER, 'snapshot.ts'), await snapshot())
  const asOf = await published(version)
  writeFileSync(
    join(FOLDER, 'edition.ts'),
    `// Made by scripts/prices.ts, beside snapshot.ts.

/** The day on which the catalogue was published. */
export const AS_OF = '${asOf}'

/** The catalogue and its version. */
export const FROM = '${PACKAGE} ${version}'

/** Where the catalogue publishes newer prices. */
export const FEED = '${feed()}'
`
  )
  console.log(`prices of ${PACKAGE} ${version}, ${asOf}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await write()
