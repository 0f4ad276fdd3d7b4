import type { Draft } from '../core/event.ts'
import { labelValue } from '../core/labels.ts'
import { hash } from '../core/ids.ts'
import { Tail } from '../core/tail.ts'
import type { Clock } from '../core/time.ts'

const LIMITS = { burst: 2_000, perSecond: 5 }
const STACK = 4_000
const MESSAGE = 500
/** ms */
const MOMENT = 100

/** Keeps errors as events; those of one type from one place in the app's own code are one group. */
export class ErrorCollector {
  readonly #clock: Clock
  readonly #instance: string
  readonly #tail = new Tail({ ...LIMITS, sample: 1 })
  /** When timed work threw what. */
  readonly #told = new WeakMap<object, number>()

  constructor(clock: Clock, instance: string) {
    this.#clock = clock
    this.#instance = instance
  }

  /** Takes anything that was thrown. `endpoint` is the route that it happened in, if it was one. */
  record(error: unknown, labels: Readonly<Record<string, string>>, endpoint: string | null): void {
    this.#keep(described(error), labels, endpoint ?? labels.endpoint ?? null)
  }

  /** What timed work threw: whoever passes it on within a moment tells of the same thing again. */
  timed(error: unknown, labels: Readonly<Record<string, string>>): void {
    if (this.#wasTold(error)) return
    if (typeof error === 'object' && error !== null) this.#told.set(error, this.#clock.monotonic())
    this.#keep(described(error), labels, labels.endpoint ?? null)
  }

  /** A request that was answered with a 5xx status; where nobody tells what was thrown, the endpoint stands for the place. */
  failed(error: unknown, endpoint: string, method: string, status: number): void {
    if (this.#wasTold(error)) return
    if (error !== undefined) return this.record(error, {}, endpoint)
    const message = `${method} ${endpoint} answered ${status}`
    this.#keep({ type: `HTTP ${status}`, message, stack: null }, {}, endpoint)
  }

  #wasTold(error: unknown): boolean {
    const at = typeof error === 'object' && error !== null ? this.#told.get(error) : undefined
    return at !== undefined && this.#clock.monotonic() - at < MOMENT
  }

  drain(): Draft[] {
    return this.#tail.drain()
  }

  #keep(
    { type, message, stack }: Description,
    labels: Readonly<Record<string, string>>,
    endpoint: string | null
  ): void {
    this.#tail.push(this.#clock.monotonic(), () => {
      const frame = ownFrame(stack)
      // Two different bugs of one type are told apart by where they happened; without a stack, by what they say.
      const group = hash(`${type}\n${frame ?? message}`)
      const fields = { message, stack, frame, group, endpoint, instance: this.#instance }
      return { kind: 'error', time: this.#clock.now(), name: type, value: 1, labels, fields }
    })
  }
}

interface Description {
  readonly type: string
  readonly message: string
  readonly stack: string | null
}

function described(error: unknown): Description {
  if (error instanceof Error) {
    const stack = typeof error.stack === 'string' ? cut(error.stack, STACK) : null
    return { type: labelValue(String(error.name)), message: cut(String(error.message), MESSAGE), stack }
  }
  return { type: error === null ? 'null' : typeof error, message: cut(shown(error), MESSAGE), stack: null }
}

/** Half a character, cut here or by whoever threw it, is one that strict parsers of JSON refuse. */
function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed()
}

function shown(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** The innermost frame that is neither the engine's nor Node's nor a package's; else the innermost one. */
function ownFrame(stack: string | null): string | null {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const own =
    frames.find((line) => !/node:|[\\/]node_modules[\\/]|<anonymous>\)?$|^\s+at native /.test(line)) ?? frames[0]
  return own === undefined ? null : own.trim().replace('file://', '')
}
