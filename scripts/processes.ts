import { readdirSync, readFileSync } from 'node:fs'

/** A process of this machine. */
export interface Running {
  readonly pid: number
  readonly parent: number
  readonly words: readonly string[]
}

/** Those that run; none where there is no /proc. */
export function running(): readonly Running[] {
  return entries('/proc').flatMap((name) => (/^\d+$/.test(name) ? look(Number(name)) : []))
}

/** What a process has started, and what that has started in turn. */
export function startedBy(pid: number, all: readonly Running[] = running()): readonly Running[] {
  return all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...startedBy(one.pid, all)])
}

/** Those that were started with a variable in their environment, or by such. */
export function marked(variable: string): readonly Running[] {
  return running().filter(({ pid }) => read(pid, 'environ').split('\0').includes(variable))
}

/** Ends them at once. */
export function kill(some: readonly Running[]): void {
  for (const { pid } of some) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

function look(pid: number): readonly Running[] {
  // pid (name, which may hold anything) state parent …
  const [state = 'Z', parent] = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  if (state === 'Z' || state === 'X' || parent === undefined) return []
  return [{ pid, parent: Number(parent), words: read(pid, 'cmdline').split('\0').filter(Boolean) }]
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
