import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

// The same tests run from sources and compiled.
const own = extname(import.meta.url)

/** Runs a file of this folder in a process of its own, with one JSON argument; gives what it says last as JSON. */
export async function told<T>(file: string, wish: object, flags: readonly string[] = []): Promise<T> {
  const path = fileURLToPath(new URL(`./${file}${own}`, import.meta.url))
  const env = { ...process.env, METRICS_STORAGE: 'memory://' }
  const child = spawn(process.execPath, [...flags, path, JSON.stringify(wish)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, wrong]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (piece: Buffer) => out.push(piece))
  child.stderr.on('data', (piece: Buffer) => wrong.push(piece))
  const [code] = (await once(child, 'close')) as [number | null]
  const last = Buffer.concat(out).toString().trimEnd().split('\n').at(-1) ?? ''
  if (code !== 0 || last === '') throw new Error(`${file} ended with ${code}:\n${Buffer.concat(wrong).toString()}`)
  return JSON.parse(last) as T
}

/** `--import pocketmetrics/register`, from sources or compiled. */
export const REGISTER: readonly string[] = ['--import', new URL(`../../src/register${own}`, import.meta.url).href]
