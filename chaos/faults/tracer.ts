import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { program } from '../../scripts/system.ts'
import { alone } from '../alone.ts'
import type { Hand } from '../crew.ts'
import type { Fault, Scene } from '../fault.ts'
import type { Random } from '../random.ts'

/** Traces processes that run, so that their system calls on these paths fail as told; answers once it does. */
export async function trace(pids: readonly number[], paths: readonly string[], fault: string): Promise<ChildProcess> {
  const [calls = ''] = fault.split(':')
  const where = paths.flatMap((path) => ['-P', path])
  const what = ['-e', `trace=${calls}`, '-e', `inject=${fault}`]
  const who = pids.flatMap((pid) => ['-p', String(pid)])
  const args = ['-f', ...who, '-o', '/dev/null', ...where, ...what]
  const tracer = spawn(program('strace'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(tracer, 'close')
  // It says so for each thread; the last of them a moment after the first.
  await Promise.race([once(tracer.stderr, 'data'), ended])
  if (tracer.exitCode !== null) throw new Error(`strace cannot trace ${pids.join()}: ptrace may be forbidden here`)
  tracer.stderr.resume()
  return tracer
}

/** A tracer that was told to let go is given so long, ms. */
const PATIENCE = 2_000

/**
 * Lets the process go. A tracer that lets go of one that is just being killed waits for ever: for its first thread, which
 * waits for the others, which it holds. Killed, it holds nobody.
 */
export async function release(tracer: ChildProcess): Promise<void> {
  if (tracer.exitCode !== null || tracer.signalCode !== null) return
  const ended = once(tracer, 'close')
  tracer.kill('SIGTERM')
  const timer = setTimeout(() => tracer.kill('SIGKILL'), PATIENCE)
  await ended
  clearTimeout(timer)
}

/** The process that is struck: tracing one that stands still would wait for it. */
const living = ({ crew }: Scene): readonly Hand[] => crew.hands.filter(({ lives }) => lives)

function injection(name: string, faultOf: (random: Random) => string, weight: number = 1): Fault {
  return alone({
    name,
    weight,
    cuts: true,
    possible: (scene) => scene.field.file !== undefined && scene.field.clock === undefined && living(scene).length > 0,
    async strike(scene, random) {
      const { file = '' } = scene.field
      // The twin has no such file, and is as slow as whoever is traced.
      const paths = [file, `${file}-wal`, `${file}-shm`]
      const tracer = await trace(random.pick(living(scene)).pids, paths, faultOf(random))
      return () => release(tracer)
    },
  })
}

/** The Nth call fails, or all from the Nth on for a while. */
const when = (random: Random): string => {
  const nth = random.whole(1, 40)
  return random.chance(0.5) ? `when=${nth}` : `when=${nth}..${nth + random.whole(1, 30)}`
}

/** What a disk may answer to one process. */
export const DISK_FAULTS: readonly Fault[] = [
  injection('write-eio', (random) => `pwrite64:error=EIO:${when(random)}`, 2),
  injection('write-enospc', (random) => `pwrite64:error=ENOSPC:${when(random)}`),
  injection('sync-eio', (random) => `fsync,fdatasync:error=EIO:${when(random)}`),
  injection('read-eio', (random) => `pread64:error=EIO:${when(random)}`),
  injection('lock-eio', (random) => `fcntl:error=ENOLCK:${when(random)}`),
  injection('slow-sync', () => 'fsync,fdatasync:delay_enter=400000'),
]
