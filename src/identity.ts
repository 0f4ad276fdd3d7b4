import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who this process says it is when nobody has configured it. */
export interface Identity {
  readonly app: string
  readonly instance: string
  readonly release: string | undefined
}

/** Where hosts say which commit or version they run. */
const RELEASES =
  'GIT_COMMIT SOURCE_VERSION HEROKU_SLUG_COMMIT VERCEL_GIT_COMMIT_SHA RENDER_GIT_COMMIT RAILWAY_GIT_COMMIT_SHA KOYEB_GIT_SHA K_REVISION'.split(
    ' '
  )

/** The app's name and version from package.json, the host's name and pid, the commit from the host's environment or from git. */
export function identity(environment: Readonly<Record<string, string | undefined>>): Identity {
  const manifest = readManifest()
  const commit = RELEASES.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
  return {
    app: manifest.name ?? 'app',
    instance: `${hostname()}:${process.pid}`,
    release: commit ?? manifest.version ?? readCommit(),
  }
}

function readManifest(): { readonly name?: string; readonly version?: string } {
  try {
    const value = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>
    return {
      ...(typeof value.name === 'string' && value.name !== '' ? { name: value.name } : {}),
      ...(typeof value.version === 'string' && value.version !== '' ? { version: value.version } : {}),
    }
  } catch {
    return {}
  }
}

/** What is checked out here, where nobody has given the app a version; read from git's files, for git itself takes its time. */
function readCommit(): string | undefined {
  try {
    const head = readFileSync('.git/HEAD', 'utf8').trim()
    const [, ref] = /^ref: (\S+)$/.exec(head) ?? []
    const commit = ref === undefined ? head : readRef(ref)
    return /^[0-9a-f]{40,64}$/.test(commit) ? commit.slice(0, 12) : undefined
  } catch {
    return undefined
  }
}

function readRef(ref: string): string {
  try {
    return readFileSync(`.git/${ref}`, 'utf8').trim()
  } catch {
    const packed = readFileSync('.git/packed-refs', 'utf8').split('\n')
    return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? ''
  }
}
