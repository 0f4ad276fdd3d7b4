import type { Draft } from '../core/event.ts'
import { labelValue } from '../core/labels.ts'
import { hash } from '../core/ids.ts'
import { Tail } from '../core/tail.ts'
import type { Clock } from '../core/time.ts'

const LIMITS = { burst: 2_000, perSecond: 5 }
const STACK = 4_000
const MESSAGE = 500

/** Keeps errors as events; those of one type from one place in the app's own code are one group. */
export class ErrorCollector {
  readonly #clock: Clock
  readonly #instance: string
  readonly #tail = new Tail({ ...LIMITS, sample: 1 })

  constructor(clock: Clock, instance: string) {
    this.#clock = clock
    this.#instance = instance
  }

  /** Takes anything that was thrown. `endpoint` is the route that it happened in, if it was one. */
  record(error: unknown, labels: Readonly<Record<string, string>>, endpoint: string | null): void {
    this.#tail.push(this.#clock.monotonic(), () => {
      const { type, message, stack } = described(error)
      const frame = ownFrame(stack)
      return {
        kind: 'error',
        time: this.#clock.now(),
        name: type,
        value: 1,
        labels,
        // Two different bugs of one type are told apart by where they happened; without a stack, by what they say.
        fields: {
          message,
          stack,
          frame,
          group: hash(`${type}\n${frame ?? message}`),
          endpoint,
          instance: this.#instance,
        },
      }
    })
  }

  drain(): Draft[] {
    return this.#tail.drain()
  }
}

function described(error: unknown): { type: string; message: string; stack: string | null } {
  if (error instanceof Error) {
    const stack = typeof error.stack === 'string' ? error.stack.slice(0, STACK) : null
    return { type: labelValue(String(error.name)), message: String(error.message).slice(0, MESSAGE), stack }
  }
  return { type: error === null ? 'null' : typeof error, message: shown(error).slice(0, MESSAGE), stack: null }
}

function shown(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** The innermost frame that is neither Node's nor a package's; else the innermost one. */
function ownFrame(stack: string | null): string | null {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const own = frames.find((line) => !line.includes('node:') && !line.includes('/node_modules/')) ?? frames[0]
  return own === undefined ? null : own.trim().replace('file://', '')
}
