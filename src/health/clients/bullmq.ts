import type { CheckFunction, CheckResult } from '../check.ts'
import { refuse, refuseUnknown } from '../refuse.ts'
import { can, has, isObject, isPlain } from './shape.ts'

/** A queue of BullMQ, and from how many jobs on it is worth a warning. */
export interface QueueTarget {
  readonly queue: object
  /** Jobs that wait for a worker. Default 1000. */
  readonly waiting?: number
  /** Jobs that have failed and are kept. Default 100. */
  readonly failed?: number
}

interface Queue {
  getJobCounts(...states: readonly string[]): Promise<Readonly<Record<string, number>>>
}

const WAITING = 1000
const FAILED = 100

/** The check for a `Queue` of `bullmq`, by itself or with limits of its own. */
export function bullmq(target: object): CheckFunction | undefined {
  if (isQueue(target)) return depthOf(target, WAITING, FAILED)
  if (!isPlain(target) || !has(target, 'queue')) return undefined
  const { queue, waiting, failed } = target as QueueTarget
  refuseUnknown('{ queue }', target, ['queue', 'waiting', 'failed'])
  if (!isObject(queue) || !isQueue(queue)) refuse('{ queue }', 'is no Queue of BullMQ', "Give new Queue('mail').")
  return depthOf(queue, limit('waiting', waiting) ?? WAITING, limit('failed', failed) ?? FAILED)
}

function depthOf(queue: Queue, waiting: number, failed: number): CheckFunction {
  return async (): Promise<CheckResult> => {
    const counts = await queue.getJobCounts('waiting', 'prioritized', 'paused', 'failed')
    const depth = (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) + (counts['paused'] ?? 0)
    if (depth > waiting) return full('queue_waiting', depth, `${depth} jobs wait; the limit is ${waiting}`)
    const gone = counts['failed'] ?? 0
    if (gone > failed) return full('queue_failed', gone, `${gone} jobs have failed; the limit is ${failed}`)
    return { status: 'pass', value: depth, unit: 'jobs' }
  }
}

// A warning: no process serves better for having its visitors sent elsewhere.
function full(code: string, value: number, message: string): CheckResult {
  return { status: 'warn', code, value, unit: 'jobs', message }
}

function isQueue(target: object): target is Queue {
  return can(target, 'getJobCounts', 'add', 'close', 'pause')
}

function limit(name: string, value: unknown): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number | undefined
  return refuse(`{ queue }: ${name}`, 'is no whole number', 'Give one such as 1000.')
}
