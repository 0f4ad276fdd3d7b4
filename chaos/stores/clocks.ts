import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Field } from '../field.ts'

/** Debian's package `faketime` brings it; the one for programs of several threads. */
function library(): string {
  const [found] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (found === undefined) throw new Error('libfaketime is missing: run "npm test" once, or install faketime')
  return found
}

/** A file that all processes share, by a clock that can be put forward and back. */
export async function clocks(): Promise<Field> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-chaos-'))
  const file = join(folder, 'metrics.db')
  const clock = join(folder, 'clock')
  writeFileSync(clock, '+0\n')
  const env = {
    LD_PRELOAD: library(),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    // Or the timers of Node would stand still.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  // Whoever writes into it may end a moment later.
  const end = async (): Promise<void> => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  const url = `sqlite://${file}`
  return { store: 'sqlite-clocks', url, truth: url, env, before: [], file, folder, clock, end }
}
