import { promises } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { CheckFunction, CheckResult, Status } from '../check.ts'
import { percent, refuse, refuseUnknown, room, shown } from '../refuse.ts'

/** A folder that must not fill up: `{ disk: '/var/uploads', free: '2GB' }`. */
export interface DiskTarget {
  readonly disk: string
  /** So much must be free, of what this user may use: `'2GB'` or `'10%'`. Default `10%`, and never more than 2 GB. */
  readonly free?: string
  /** So many of the files that the disk can hold must be free. Default `5%`: a full table stops writing as well. */
  readonly inodes?: string
}

/** What must be free: bytes, a share of all, or the lesser of both; and a share of the files. */
export interface DiskLimits {
  readonly share?: number
  readonly bytes?: number
  readonly inodes: number
}

/** A tenth of a large disk is no trouble, and 2 GB of a small one cannot be had. */
const DEFAULT = { share: 0.1, bytes: 2e9 }
const INODES = 0.05

/** Fails when the disk of a folder is nearly full. Throws `bad_option`. */
export function diskCheck(where: string, target: DiskTarget): CheckFunction {
  refuseUnknown(where, target, ['disk', 'free', 'inodes'])
  const { disk } = target
  if (typeof disk !== 'string' || disk === '') refuse(`${where}: disk`, `is ${shown(disk)}`, 'Give a folder.')
  const limits = diskLimits(`${where}: `, target)
  const path = resolve(disk)
  return () => measured(path, limits, 'fail')
}

/** The same of the folder that our own store is in, or is to be in: it warns. */
export function ownDisk(folder: string, limits: DiskLimits): CheckFunction {
  return async () => measured(await existing(resolve(folder)), limits, 'warn')
}

/** Reads the limits of a target or of the option `health.disk`, by whose names `prefix` begins; throws `bad_option`. */
export function diskLimits(prefix: string, given: Pick<DiskTarget, 'free' | 'inodes'>): DiskLimits {
  const { free, inodes } = given
  return {
    ...(free === undefined ? DEFAULT : room(`${prefix}free`, free)),
    inodes: inodes === undefined ? INODES : percent(`${prefix}inodes`, inodes),
  }
}

async function measured(path: string, limits: DiskLimits, bad: Status): Promise<CheckResult> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await promises.statfs(path)
  // As `df` has it: what is kept for root is nobody's.
  const usable = blocks - bfree + bavail
  const share = usable > 0 ? bavail / usable : 0
  const least = Math.min((limits.share ?? Infinity) * usable * bsize, limits.bytes ?? Infinity)
  const isFull = bavail * bsize < least || bavail <= 0
  // Some file systems count no files.
  const isCrowded = files > 0 && ffree / files < limits.inodes
  const value = rounded(isCrowded && !isFull ? ffree / files : share)
  const known = { value, unit: isCrowded && !isFull ? '% files free' : '% free' }
  if (!isFull && !isCrowded) return { status: 'pass', ...known }
  const message = isFull ? `${inMb(bavail * bsize)} of ${inMb(usable * bsize)} left` : `room for ${ffree} more files`
  return { status: bad, code: isFull ? 'disk_low' : 'inodes_low', message: `${message} in ${path}`, ...known }
}

/** The folder, or the nearest above it that is there: ours is made when the store is opened. */
async function existing(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await promises.statfs(path)
      return path
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || path === dirname(path)) throw error
    }
  }
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 10
}

function inMb(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
